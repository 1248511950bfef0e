import { createECDH } from 'node:crypto';

/** Order of the group of P-256. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * ES256 of a digest: r and s, 64 bytes. Written out because `node:crypto` signs data only, and hashes it itself, whereas Key
 * Vault is handed the digest.
 */
export function signDigest(privateKey: bigint, digest: Buffer): Buffer {
  for (;;) {
    const nonce = createECDH('prime256v1');
    const point = nonce.generateKeys();
    const k = toNumber(nonce.getPrivateKey());
    const r = toNumber(point.subarray(1, 33)) % order;
    const s = (inverse(k) * ((toNumber(digest) + r * privateKey) % order)) % order;
    if (r !== 0n && s !== 0n) {
      return Buffer.concat([toBytes(r), toBytes(s)]);
    }
  }
}

export function toNumber(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}

function toBytes(number: bigint): Buffer {
  return Buffer.from(number.toString(16).padStart(64, '0'), 'hex');
}

/** By Fermat: the order is a prime. */
function inverse(number: bigint): bigint {
  let result = 1n;
  let base = number % order;
  for (let exponent = order - 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) {
      result = (result * base) % order;
    }
    base = (base * base) % order;
  }
  return result;
}
