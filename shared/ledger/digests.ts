import type { Sealer } from '../seal/sealer.ts';
import { canonicalJson, type JsonObject } from './format/json.ts';
import type { CaseRow } from './ledger.ts';

/**
 * For each bucket of a chain's open rows the sum of their seals, modulo 2^256. A bucket holds the rows whose key begins with
 * the same two hexadecimal digits, so one read of a bucket shows whether a row was changed, removed, planted or put back, and
 * a commit changes the sum without reading the others. Empty buckets are absent.
 */
export type Digests = ReadonlyMap<string, bigint>;

const modulus = 1n << 256n;
const hexDigits = 64;

/** Name of a row's bucket: 256 of them keep a head small, and a bucket a few rows. */
export function bucketOf(key: string): string {
  return key.slice(0, 2);
}

/** The seal of one open row, as a number. */
export function rowSeal(
  sealer: Sealer,
  chain: string,
  { key, caseId, state, sequence, data }: CaseRow,
): bigint {
  const text = canonicalJson({ chain, key, caseId, state, sequence, data });
  return BigInt(`0x${sealer.mac('open row', text).toString('hex')}`);
}

/** The digests after a row went (`before`) and another came in its place (`after`), each as its seal. */
export function withRow(
  digests: Digests,
  key: string,
  { before = 0n, after = 0n }: { readonly before?: bigint | undefined; readonly after?: bigint | undefined },
): Digests {
  const bucket = bucketOf(key);
  const sum = ((digests.get(bucket) ?? 0n) - before + after + modulus) % modulus;
  const changed = new Map(digests);
  if (sum === 0n) {
    changed.delete(bucket);
  } else {
    changed.set(bucket, sum);
  }
  return changed;
}

/** The digests of these rows. */
export function digestsOf(sealer: Sealer, chain: string, rows: Iterable<CaseRow>): Digests {
  let digests: Digests = new Map();
  for (const row of rows) {
    digests = withRow(digests, row.key, { after: rowSeal(sealer, chain, row) });
  }
  return digests;
}

/** True if the rows of a bucket are exactly those that the digests know. */
export function addsUp(
  digests: Digests,
  bucket: string,
  {
    sealer,
    chain,
    rows,
  }: { readonly sealer: Sealer; readonly chain: string; readonly rows: readonly CaseRow[] },
): boolean {
  return (digests.get(bucket) ?? 0n) === (digestsOf(sealer, chain, rows).get(bucket) ?? 0n);
}

export function digestsToJson(digests: Digests): JsonObject {
  return Object.fromEntries(
    [...digests].map(([bucket, sum]) => [bucket, sum.toString(16).padStart(hexDigits, '0')]),
  );
}

/** Undefined for anything that {@link digestsToJson} does not make. */
export function digestsFromJson(json: unknown): Digests | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return undefined;
  }
  const digests = new Map<string, bigint>();
  for (const [bucket, sum] of Object.entries(json as Record<string, unknown>)) {
    if (!/^[0-9a-f]{2}$/.test(bucket) || typeof sum !== 'string' || !/^[0-9a-f]{64}$/.test(sum)) {
      return undefined;
    }
    digests.set(bucket, BigInt(`0x${sum}`));
  }
  return digests;
}
