import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import { toStorageError } from '../storage-errors.ts';
import type { BodyStore } from './body-store.ts';
import { erasedBody, readEntryHeader, readEntryTexts } from './entry-texts.ts';
import { type Body, type Header, parseBody } from './format/entry.ts';
import { erasureKind, makeErasure } from './format/erasure.ts';
import { closedKey, entryKey } from './format/keys.ts';
import { readErasure } from './erasures.ts';
import { readRow } from './read-row.ts';
import type { Ledger } from './ledger.ts';
import { rowsIn } from './rows-in.ts';
import type { Row, StorageTable } from './table.ts';

/** Bodies in blobs, with deletion. */
export interface ErasableBodies extends BodyStore {
  /** Deletes the body of that hash. A missing body is no error. */
  deleteBody(hash: string): Promise<void>;
}

export interface ErasureParts {
  readonly table: StorageTable;
  readonly bodies: ErasableBodies;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Checked between two bodies. */
  readonly signal?: AbortSignal;
}

/** The entries whose bodies are erased, the reason, and the authority behind the request. */
export interface ErasureRequest {
  readonly chain: string;
  readonly sequences: readonly number[];
  readonly reason: string;
  readonly authority: string;
  /** Age that a body must have reached; at least {@link shortestRetentionInDays}. */
  readonly retentionInDays: number;
}

/** Lower limit for every request: nobody rids the ledger of this month's events. */
export const shortestRetentionInDays = 30;

export interface ErasureResult {
  /** Sequences of the records that give the reason, older ones included. */
  readonly records: readonly number[];
  /** Number of bodies that this call erased. */
  readonly erased: number;
}

interface Doomed {
  readonly row: Row;
  readonly header: Header;
  /** Undefined if the body is erased already. */
  readonly body: Body | undefined;
}

const dayInMs = 24 * 60 * 60_000;

/**
 * Erases bodies past their retention. The record comes first, then the bodies, so that no body is ever missing without a
 * record. After an interruption the same call goes on, and records nothing twice. No other code updates the row of an entry;
 * the header, and therefore the chain, stays as it was.
 * @throws RemediationError `request-refused` if one of the bodies has to stay; then nothing was erased
 * @throws Error that says what was done, if the signal is aborted
 */
export async function eraseBodies(parts: ErasureParts, request: ErasureRequest): Promise<ErasureResult> {
  const { chain } = request;
  checkRetention(request);
  const doomed = await readDoomed(parts, request);
  const recorded = await recordsOf(parts, chain, doomed);
  const unrecorded = doomed.filter(({ header }) => !recorded.has(header.sequence));
  if (parts.signal?.aborted) {
    throw new Error('interrupted before the first body: nothing was recorded or erased now');
  }
  if (unrecorded.length > 0) {
    const sequence = await record(parts.ledger, request, unrecorded);
    unrecorded.forEach(({ header }) => recorded.set(header.sequence, sequence));
  }
  for (const [done, each] of doomed.entries()) {
    if (parts.signal?.aborted) {
      throw new Error(
        `interrupted: the erasure is recorded, and ${done} of ${doomed.length} bodies are gone; the same command goes on`,
      );
    }
    await eraseOne(parts, each, recorded.get(each.header.sequence) ?? 0);
  }
  return {
    records: [...new Set(recorded.values())].sort((one, other) => one - other),
    erased: doomed.filter(({ body }) => body !== undefined).length,
  };
}

function checkRetention({ chain, retentionInDays }: ErasureRequest): void {
  if (!(retentionInDays >= shortestRetentionInDays)) {
    throw new RemediationError(
      'request-refused',
      `Cannot erase bodies of chain "${chain}": retention: expected ${shortestRetentionInDays} days or more, and it is ${retentionInDays}`,
    );
  }
}

/** Appends the record of the erasure that follows; returns its sequence. */
async function record(
  ledger: Ledger,
  { chain, reason, authority }: ErasureRequest,
  doomed: readonly Doomed[],
): Promise<number> {
  const entries = doomed.map(({ header: { sequence, bodyHash } }) => ({ sequence, bodyHash }));
  const payload = makeErasure({ entries: entries, reason, authority });
  const commit = await ledger.append({
    chain,
    entries: [{ kind: erasureKind, body: { actor: { name: authority }, payload } }],
    cases: [],
  });
  const [sequence] = commit.kind === 'committed' ? commit.sequences : [];
  if (sequence === undefined) {
    throw new RemediationError('internal-error', `Cannot record an erasure: "${commit.kind}"`);
  }
  return sequence;
}

/** Reads everything that is to be erased, and refuses the whole request if one body has to stay. */
async function readDoomed(parts: ErasureParts, request: ErasureRequest): Promise<Doomed[]> {
  const { table, bodies, ledger, clock } = parts;
  const { chain, retentionInDays } = request;
  const youngest = clock.now().getTime() - retentionInDays * dayInMs;
  const open = new Set<string>();
  for await (const { caseId } of ledger.openCases(chain)) {
    open.add(caseId);
  }
  const doomed: Doomed[] = [];
  for (const sequence of new Set(request.sequences)) {
    const row = await readRow(table, chain, entryKey(sequence));
    if (!row) {
      throw refused(chain, sequence, 'there is no such entry');
    }
    const header = readEntryHeader(row);
    const { bodyText } = await readEntryTexts(row, header, bodies);
    const body = bodyText === undefined ? undefined : parseBody(bodyText);
    const reason = reasonToStay(header, body, youngest, open);
    if (reason !== undefined) {
      throw refused(chain, sequence, reason);
    }
    doomed.push({ row, header, body });
  }
  return doomed;
}

function reasonToStay(
  header: Header,
  body: Body | undefined,
  youngest: number,
  open: ReadonlySet<string>,
): string | undefined {
  if (Date.parse(header.time) > youngest) {
    return 'its retention is not over';
  }
  if (header.case !== null && open.has(header.case)) {
    return `its case "${header.case}" is open`;
  }
  if (header.kind === erasureKind) {
    return 'it is the record of an erasure';
  }
  // The head's data is needed as long as the chain exists, and concerns no person.
  return body?.head ? 'it tells what the head holds' : undefined;
}

/** The records that an interrupted attempt has already written, for some of the erasures. */
async function recordsOf(
  { table, bodies }: ErasureParts,
  chain: string,
  doomed: readonly Doomed[],
): Promise<Map<number, number>> {
  const hashes = new Map(doomed.map(({ header }) => [header.sequence, header.bodyHash]));
  const after = Math.min(...hashes.keys());
  const recorded = new Map<number, number>();
  // Only the chain itself can be believed, and erasing is rare: the chain is read from the first of the entries on.
  for await (const row of rowsIn(table, chain, { from: entryKey(after + 1), before: 'entry!~' })) {
    const erasure = await readErasure(row, bodies);
    for (const { sequence, bodyHash } of erasure?.entries ?? []) {
      if (hashes.get(sequence) === bodyHash) {
        recorded.set(sequence, readEntryHeader(row).sequence);
      }
    }
  }
  return recorded;
}

/**
 * Deletes the closed row first: it repeats the body of its last entry, and only the body tells the row's key. A row or body
 * that is gone already is no error.
 */
async function eraseOne(
  { table, bodies }: ErasureParts,
  { row, header, body }: Doomed,
  record: number,
): Promise<void> {
  const { chain, sequence, bodyHash } = header;
  try {
    const closed = body?.row && (await readRow(table, chain, closedKey(body.row.key, sequence)));
    if (closed) {
      await table.deleteEntity(chain, String(closed.rowKey), { etag: closed.etag ?? '' });
    }
    if (row.bodyIn !== 'erased') {
      const keys = { partitionKey: chain, rowKey: entryKey(sequence) };
      const erased = { ...keys, header: String(row.header), ...erasedBody(record) };
      await table.updateEntity(erased, 'Replace', { etag: row.etag ?? '' });
    }
    await bodies.deleteBody(bodyHash);
  } catch (error) {
    throw toStorageError(error, `erase the body of entry ${sequence} of chain "${chain}"`);
  }
}

function refused(chain: string, sequence: number, why: string): RemediationError {
  return new RemediationError(
    'request-refused',
    `Cannot erase the body of entry ${sequence} of chain "${chain}": ${why}`,
  );
}
