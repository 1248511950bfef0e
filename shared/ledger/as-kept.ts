import { maskSecrets } from '../text/mask-secrets.ts';

/**
 * The value as the ledger keeps it: without secrets, and with whole characters only. Returns the same value if nothing
 * changes. A value that is later compared with a kept one, signed, or acted on needs this form from the beginning.
 */
export function asKept<T>(value: T): T {
  return maskSecrets(wellFormed(value)).value;
}

/** Azure's texts can hold half of a surrogate pair, which has no canonical form: each half becomes U+FFFD. */
export function wellFormed<T>(value: T): T {
  const text = JSON.stringify(value) as string | undefined;
  return text !== undefined && /\\ud[89a-f]/.test(text) ? (replaceHalves(JSON.parse(text)) as T) : value;
}

function replaceHalves(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.toWellFormed();
  }
  if (Array.isArray(value)) {
    return value.map(replaceHalves);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value).map(([name, member]) => [name.toWellFormed(), replaceHalves(member)]),
      )
    : value;
}
