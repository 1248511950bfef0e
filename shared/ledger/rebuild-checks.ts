import { RemediationError } from '../errors.ts';
import { type Body, type Header, parseBody, type Position } from './format/entry.ts';
import { erasureKind, erasureOf } from './format/erasure.ts';
import { LedgerFormatError } from './format/json.ts';
import type { EntryLine } from './format/segment.ts';
import { CaseMoves } from './verify/chain/case-moves.ts';

/** The statement of one record about one body. */
interface Claim {
  readonly bodyHash: string;
  readonly record: number;
}

/** Facts collected in one reading of a chain. */
interface Reading {
  readonly moves: CaseMoves;
  readonly claims: Map<number, Claim[]>;
  /** Entries without a body. */
  readonly bare: Set<number>;
  /** The last entry of each open case. */
  readonly open: Map<string, { readonly sequence: number; readonly hasRow: boolean }>;
}

/**
 * Reads a chain to its end, and refuses a chain from which the table cannot be made without loss or invention: illegal moves,
 * malformed bodies, untrue records of erasures, bodies that are gone without a record, open cases whose row no body tells.
 * `read` yields the entries, linked, and is called once more if anything was erased.
 * Returns the erased bodies, each with the sequence of the record that names it.
 * @throws RemediationError `malformed-input`, with the place
 */
export async function verifyRebuild(
  end: Position,
  checkpoint: number,
  read: () => AsyncIterable<EntryLine>,
): Promise<ReadonlyMap<number, number>> {
  const reading: Reading = {
    moves: new CaseMoves(true),
    claims: new Map(),
    bare: new Set(),
    open: new Map(),
  };
  let last: EntryLine | undefined;
  for await (const entry of read()) {
    take(reading, entry);
    last = entry;
  }
  if (last?.header.sequence !== end.sequence || last.hash !== end.hash) {
    throw unfit(`the segments of chain "${end.chain}" do not lead to what checkpoint ${checkpoint} names`);
  }
  if (reading.claims.size > 0) {
    for await (const entry of read()) {
      checkClaims(reading.claims.get(entry.header.sequence) ?? [], entry);
    }
  }
  checkLeft(reading, end.chain);
  return new Map([...reading.claims].map(([sequence, claims]) => [sequence, claims.at(-1)?.record ?? 0]));
}

function take({ moves, claims, bare, open }: Reading, { header, bodyText }: EntryLine): void {
  const fault = moves.take(header);
  if (fault !== undefined) {
    throw unfitEntry(header, `"${header.kind}": ${fault}`);
  }
  const body = bodyText === undefined ? undefined : bodyOf(header, bodyText);
  if (!body) {
    bare.add(header.sequence);
  }
  if (header.case !== null) {
    open.set(header.case, { sequence: header.sequence, hasRow: body?.row !== undefined });
  }
  if (header.kind === 'case-closed' && header.case !== null) {
    open.delete(header.case);
  }
  if (body && header.kind === erasureKind) {
    takeRecord(claims, header, body);
  }
}

function takeRecord(claims: Reading['claims'], header: Header, body: Body): void {
  const record = header.sequence;
  for (const { sequence, bodyHash } of placed(header, () => erasureOf(body)).entries) {
    if (sequence >= record) {
      throw unfitEntry(header, `it records the erasure of entry ${sequence}, which does not come before it`);
    }
    claims.set(sequence, [...(claims.get(sequence) ?? []), { bodyHash, record }]);
  }
}

function bodyOf(header: Header, bodyText: string): Body {
  return placed(header, () => parseBody(bodyText));
}

/** Result of `read`, or a fault with the entry's place. */
function placed<T>(header: Header, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof LedgerFormatError) {
      throw unfitEntry(header, error.message);
    }
    throw error;
  }
}

/** An erased body must be the body that the record names, and one that our erasure never spares. */
function checkClaims(claims: readonly Claim[], { header, bodyText }: EntryLine): void {
  for (const { bodyHash, record } of claims) {
    if (bodyHash !== header.bodyHash) {
      throw unfitEntry(
        { ...header, sequence: record },
        `it records an erasure of entry ${header.sequence} with another hash`,
      );
    }
  }
  if (claims.length === 0) {
    return;
  }
  if (header.kind === erasureKind) {
    throw unfitEntry(header, 'it records an erasure, and is said to be erased itself');
  }
  if (bodyText !== undefined && bodyOf(header, bodyText).head) {
    throw unfitEntry(header, 'it tells what the head holds, and is said to be erased');
  }
}

/** Every missing body needs a record, and every open case needs its row. */
function checkLeft({ claims, bare, open }: Reading, chain: string): void {
  for (const sequence of bare) {
    if (!claims.has(sequence)) {
      throw unfitEntry({ chain, sequence }, 'its body is gone, and no later entry records an erasure');
    }
  }
  for (const [name, { sequence, hasRow }] of open) {
    if (!hasRow || claims.has(sequence)) {
      throw unfitEntry({ chain, sequence }, `its case "${name}" is open, and no body tells its row`);
    }
  }
}

function unfitEntry({ chain, sequence }: Pick<Header, 'chain' | 'sequence'>, why: string): RemediationError {
  return unfit(`entry ${sequence} of chain "${chain}": ${why}`);
}

/** The error of a ledger from which no table can be made. */
export function unfit(why: string): RemediationError {
  return new RemediationError('malformed-input', `Cannot rebuild the ledger: ${why}`);
}
