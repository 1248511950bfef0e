import { isIP } from 'node:net';

/** The reason why a policy may not name a text as a range of addresses, or undefined if it may. */
export function cidrFault(text: string): string | undefined {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const family = isIP(address);
  const bits = family === 4 ? 32 : 128;
  if (family === 0 || address.includes('%') || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(prefix)) {
    return 'expected a range of addresses, such as 203.0.113.0/24';
  }
  if (Number(prefix) > bits) {
    return `expected a prefix of at most ${bits} bits`;
  }
  if (Number(prefix) === 0) {
    return 'expected a range of addresses, not the whole Internet';
  }
  const hostBits = BigInt(bits - Number(prefix));
  const value = family === 4 ? ipv4Value(address) : ipv6Value(address);
  return (value >> hostBits) << hostBits === value
    ? undefined
    : `expected the first address of the range: bits after the first ${prefix} are set`;
}

function ipv4Value(address: string): bigint {
  return address.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
}

/** Takes only an address that {@link isIP} accepts: at most one `::`, and IPv4 only at the end. */
function ipv6Value(address: string): bigint {
  const plain = address.replace(/\d+\.\d+\.\d+\.\d+$/, (text) => {
    const value = ipv4Value(text);
    return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const before = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}
