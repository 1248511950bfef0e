/**
 * What a secret looks like. The ledger refuses what holds one, everything else that is written down goes through
 * {@link redact}. A shape that is no secret (a SHA-512 in base64 looks like a storage key) is taken for one: that costs
 * a line in a log, the other mistake costs the key.
 */
const shapes: readonly { readonly pattern: RegExp; readonly replacement: string }[] = [
  // A storage or Cosmos DB key: 64 bytes in base64.
  { pattern: /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}==(?![A-Za-z0-9+/=])/g, replacement: '[redacted]' },
  // The signature of a shared access signature, as it is or percent-encoded.
  { pattern: /\b(sig)=[A-Za-z0-9%+/_-]{16,}={0,2}/gi, replacement: '$1=[redacted]' },
  // A JSON Web Token, or an encrypted one.
  { pattern: /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*/g, replacement: '[redacted]' },
  // The secret part of a connection string.
  {
    pattern:
      /\b(AccountKey|SharedAccessKey|SharedSecretValue|AccessKey|Password|Pwd)(\s*=\s*)(?!\[redacted\])[^;\s"',&]{6,}/gi,
    replacement: '$1$2[redacted]',
  },
  // An Authorization header.
  { pattern: /\b(Bearer|SharedKey|SharedKeyLite)\s+[A-Za-z0-9._~+/:=-]{16,}/g, replacement: '$1 [redacted]' },
  // A client secret of Microsoft Entra, which carries a mark of its own.
  { pattern: /(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}/g, replacement: '[redacted]' },
  {
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
    replacement: '[redacted]',
  },
];

/** Shorter than anything above. */
const shortestSecret = 12;

/**
 * The id of an Azure resource, in characters that ids may have. Names are their owners' choice and may look like
 * anything; an id that is refused would leave its resource without a case.
 */
const resourceId = /^\/subscriptions\/[0-9a-f-]{36}(?:\/[\w.()-]{1,260}){0,24}$/i;

function holdsSecret(text: string): boolean {
  return (
    text.length >= shortestSecret &&
    !resourceId.test(text) &&
    shapes.some(({ pattern }) => text.search(pattern) >= 0)
  );
}

/** The text with every secret in it replaced. */
export function redact(text: string): string {
  if (text.length < shortestSecret) {
    return text;
  }
  return shapes.reduce((safe, { pattern, replacement }) => safe.replace(pattern, replacement), text);
}

/**
 * Where a value holds something shaped like a secret, such as `payload.keys[0].value`; an empty path is the value
 * itself, undefined says that there is none. A name that is a secret counts, and is not repeated in the path.
 */
export function findSecret(value: unknown): string | undefined {
  return search(value, '', new Set());
}

function search(value: unknown, path: string, above: Set<object>): string | undefined {
  if (typeof value === 'string') {
    return holdsSecret(value) ? path : undefined;
  }
  if (typeof value !== 'object' || value === null || above.has(value)) {
    return undefined;
  }
  above.add(value);
  for (const [name, member] of Object.entries(value)) {
    const place = Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
    const found = holdsSecret(name) ? path : search(member, place, above);
    if (found !== undefined) {
      return found;
    }
  }
  above.delete(value);
  return undefined;
}
