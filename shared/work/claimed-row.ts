import type { z } from 'zod';
import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import { readRow } from '../ledger/read-row.ts';
import type { StorageTable } from '../ledger/table.ts';
import { joinText, splitText } from '../ledger/text-properties.ts';
import { toStorageError } from '../storage-errors.ts';
import { jsonOf } from '../text/json-text.ts';
import { type ClockBounds, clockBounds } from './clock-bounds.ts';

/** State that one process may hold for a time. */
export interface Claimable {
  /** The process that holds the state, and until when nobody else may. */
  claim?: { id: string; until: string } | undefined;
}

/** State that only this process may change for now. It is changed in place; `save` keeps it. */
export interface RowHold<State> {
  readonly state: State;
  /** Keeps the state and the claim on it. @throws RemediationError `resource-changed` if somebody else took over */
  save(): Promise<void>;
  /** Keeps the state and gives up the claim. @throws RemediationError like `save` */
  release(): Promise<void>;
}

/** One row that holds a state as JSON. */
export interface ClaimedRow<State> {
  /** The state with its times bounded. Undefined without a row, and for a row that cannot be read. */
  peek(): Promise<State | undefined>;
  /**
   * Claims the state that `next` makes of the known one. Undefined if `next` makes none, and while somebody else has it.
   */
  claim(
    next: (known: State | undefined) => State | undefined | Promise<State | undefined>,
  ): Promise<RowHold<State> | undefined>;
}

/** Place and shape of one row, and the bounds of its claim. */
export interface ClaimedRowOptions<State extends Claimable> {
  readonly table: StorageTable;
  readonly clock: Clock;
  readonly keys: { readonly partitionKey: string; readonly rowKey: string };
  /** Name of the properties that hold the JSON. */
  readonly property: string;
  readonly schema: z.ZodType<State>;
  /** Bounds the times of a state: a planted one must not stop the work. */
  readonly bounded: (state: State, bounds: ClockBounds, claimMs: number) => State;
  /** Life of a claim after each save: longer than any work between two saves. */
  readonly claimMs: number;
  /** Names the write in the message of an error, such as "keep the sweep". */
  readonly what: string;
}

/** Opens a row that is changed under its ETag, so that two processes cannot both hold its state. */
export function openClaimedRow<State extends Claimable>(
  options: ClaimedRowOptions<State>,
): ClaimedRow<State> {
  const { clock } = options;
  return {
    peek: async () => (await read(options)).state,
    async claim(next) {
      const known = await read(options);
      const state = await next(known.state);
      if (state === undefined || isClaimed(state, clock)) {
        return undefined;
      }
      const hold = holdOf(options, state, known.etag);
      return (await isSaved(hold)) ? hold : undefined;
    },
  };
}

function isClaimed({ claim }: Claimable, clock: Clock): boolean {
  return claim !== undefined && Date.parse(claim.until) > clock.now().getTime();
}

/** False if somebody else was faster. */
async function isSaved(hold: RowHold<unknown>): Promise<boolean> {
  try {
    await hold.save();
    return true;
  } catch (error) {
    if (error instanceof RemediationError && error.code === 'resource-changed') {
      return false;
    }
    throw error;
  }
}

function holdOf<State extends Claimable>(
  options: ClaimedRowOptions<State>,
  state: State,
  first: string | undefined,
): RowHold<State> {
  const { clock, claimMs } = options;
  const id = clock.uuid();
  const claimable: Claimable = state;
  let etag = first;
  return {
    state,
    save: async () => {
      claimable.claim = { id, until: new Date(clock.now().getTime() + claimMs).toISOString() };
      etag = await write(options, state, etag);
    },
    release: async () => {
      delete claimable.claim;
      etag = await write(options, state, etag);
    },
  };
}

async function read<State extends Claimable>({
  table,
  clock,
  keys: { partitionKey, rowKey },
  property,
  schema,
  bounded,
  claimMs,
}: ClaimedRowOptions<State>): Promise<{ state?: State | undefined; etag?: string | undefined }> {
  const row = await readRow(table, partitionKey, rowKey);
  const { data } = schema.safeParse(jsonOf(row && joinText(row, property)));
  return { state: data && bounded(data, clockBounds(clock), claimMs), etag: row?.etag };
}

/** The ETag after the write, read again if the answer has none. */
async function write<State extends Claimable>(
  { table, keys, property, what }: ClaimedRowOptions<State>,
  state: State,
  etag: string | undefined,
): Promise<string | undefined> {
  try {
    const row = { ...keys, ...splitText(property, JSON.stringify(state)) };
    const answer =
      etag === undefined ? await table.createEntity(row) : await table.updateEntity(row, 'Replace', { etag });
    return answer.etag ?? (await readRow(table, keys.partitionKey, keys.rowKey))?.etag;
  } catch (error) {
    throw toStorageError(error, what);
  }
}
