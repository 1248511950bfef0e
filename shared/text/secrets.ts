/** One shape of a secret, and the text that replaces it. */
interface Shape {
  readonly pattern: RegExp;
  readonly safe: string | ((found: string) => string);
}

const taken = '[redacted]';

/**
 * The shapes of secrets. Every text that is written down goes through {@link redact}. A shape that is no secret (a
 * SHA-512 in base64 looks like a storage key) is removed too: that costs a word of a text, the other mistake costs
 * the key. A key of several lines comes first: another shape could remove its first line and leave the rest.
 */
const shapes: readonly Shape[] = [
  {
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
    safe: taken,
  },
  // A storage or Cosmos DB key: 64 bytes in base64.
  { pattern: /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}==(?![A-Za-z0-9+/=])/g, safe: taken },
  // The signature of a shared access signature, as it is or percent-encoded.
  { pattern: /\b(sig)=[A-Za-z0-9%+/_-]{16,}={0,2}/gi, safe: `$1=${taken}` },
  // Parts in base64url joined by full stops. Each part is searched once, however many of them could begin a token.
  { pattern: /(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{11,}(?:\.[A-Za-z0-9_-]*)+/g, safe: withoutToken },
  // The secret part of a connection string.
  {
    pattern:
      /\b(AccountKey|SharedAccessKey|SharedSecretValue|AccessKey|Password|Pwd)(\s*=\s*)(?!\[redacted\])[^;\s"',&]{6,}/gi,
    safe: `$1$2${taken}`,
  },
  // An Authorization header.
  { pattern: /\b(Bearer|SharedKey|SharedKeyLite)\s+[A-Za-z0-9._~+/:=-]{16,}/g, safe: `$1 ${taken}` },
  // A client secret of Microsoft Entra, which carries a mark of its own.
  { pattern: /(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}/g, safe: taken },
];

/** The parts before the JSON Web Token, or the encrypted one, that ends them. */
function withoutToken(parts: string): string {
  let start = 0;
  const segments = parts.split('.');
  for (const [index, segment] of segments.entries()) {
    const at = segment.search(/(?<![A-Za-z0-9])eyJ/);
    if (at >= 0 && segment.length - at >= 11 && (segments[index + 1]?.length ?? 0) >= 8) {
      return `${parts.slice(0, start + at)}${taken}`;
    }
    start += segment.length + 1;
  }
  return parts;
}

/** No shape above is shorter. */
const shortestSecret = 10;

/**
 * The id of an Azure resource, in the characters that ids may have: names of groups hold letters of every language.
 * Owners choose such names publicly, and they may look like anything. An altered id would name another resource, or
 * none.
 */
const resourceId = /^\/subscriptions\/[0-9a-f-]{36}(?:\/[\p{L}\p{M}\p{N}\p{Pc}.()-]{1,260}){0,24}$/iu;

/** True if a text is only the id of a resource: people look the resource up under exactly these characters. */
export function isResourceIdText(text: string): boolean {
  return text.length <= longestId && resourceId.test(text);
}

const longestId = 4_096;

function holdsSecret(text: string): boolean {
  return !isResourceIdText(text) && redact(text) !== text;
}

/** Removing one shape can leave another one; a few passes remove them all. */
const mostPasses = 4;

/** The text with every secret in it replaced. Redacting a redacted text changes nothing. */
export function redact(text: string): string {
  let safe = text;
  for (let pass = 0; pass < mostPasses && safe.length >= shortestSecret; pass += 1) {
    const before = safe;
    safe = shapes.reduce(
      (rest, { pattern, safe: replacement }) => replaced(rest, pattern, replacement),
      before,
    );
    if (safe === before) {
      break;
    }
  }
  return safe;
}

function replaced(text: string, pattern: RegExp, safe: Shape['safe']): string {
  return typeof safe === 'string' ? text.replace(pattern, safe) : text.replace(pattern, safe);
}

/**
 * The place in a value of something shaped like a secret, such as `payload.keys[0].value`. An empty path is the value
 * itself; undefined means none. A secret name counts, and the path does not repeat it.
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
    const place = Array.isArray(value) ? `${path}[${name}]` : memberPath(path, name);
    const found = holdsSecret(name) ? path : search(member, place, above);
    if (found !== undefined) {
      return found;
    }
  }
  above.delete(value);
  return undefined;
}

function memberPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
