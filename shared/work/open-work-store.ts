import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import type { StorageTable } from '../ledger/table.ts';
import { toStorageError } from '../storage-errors.ts';
import { changeRow, deleteRow, peekRow, type RowAccess } from './change-row.ts';
import { RootLanes } from './root-lanes.ts';
import type { Begin, Claim, News, Note, WorkOutcome, WorkStore } from './work.ts';
import { newsIn, readWorkRow, type Stored, toWorkRow } from './work-rows.ts';
import type { WorkRecord } from './work-record.ts';
import { begin, type BeginResult, finish, isIdle, type WorkSettings, workSettings } from './work-rules.ts';

export interface WorkStoreOptions {
  /** The table `work`. */
  readonly table: StorageTable;
  readonly clock: Clock;
  readonly settings?: Partial<WorkSettings>;
}

/** The store's own facts about a claim, beside those that the engine sees. */
interface HeldClaim extends Claim {
  readonly id: string;
  /** Number of the newest note that the claim covers. */
  readonly wanted: number;
}

/** The work store over a table. Each process has one: it gathers calls on the same root. */
export function openWorkStore(options: WorkStoreOptions): WorkStore {
  const { table, clock } = options;
  const settings = { ...workSettings, ...options.settings };
  const access = { table, clock, settings };
  // The row as written with a claim: giving the claim back then needs no read, unless somebody left a note.
  const lastSeen = new WeakMap<Claim, Stored>();
  const lanes = new RootLanes<Note | undefined, Begin>(beginAll);
  return {
    begin: (root, note) => lanes.join(root, note),
    finish: (claim, outcome) => finishClaim(held(claim), outcome),
    newsFor: (claim) => newsOf(access, held(claim)),
    due: () => dueRoots(access),
  };

  async function beginAll(root: string, notes: readonly (Note | undefined)[], start?: Stored) {
    const claimId = clock.uuid();
    const { result, stored } = await changeRow(access, root, start, (record) => {
      const begun = begin(record, root, notes, { now: clock.now(), claimId, settings });
      return { next: begun.next, result: begun.results };
    });
    return { results: result.map((kind) => toBegin(kind, stored)), stored };
  }

  function toBegin(kind: BeginResult, stored: Stored): Begin {
    switch (kind) {
      case 'claimed':
        return { kind, claim: handOut(stored) };
      case 'paced':
        return { kind: 'busy', wakeAt: new Date(stored.record?.wakeAt ?? clock.now()) };
      case 'busy':
      case 'known':
        return { kind };
    }
  }

  function handOut(stored: Stored): Claim {
    const claim = toClaim(stored.record);
    lastSeen.set(claim, stored);
    return claim;
  }

  async function finishClaim(claim: HeldClaim, outcome: WorkOutcome) {
    const { result, stored } = await lanes.alone(claim.row.root, (start) =>
      changeRow(access, claim.row.root, start ?? lastSeen.get(claim), (record) => {
        const done = finish(record, claim, outcome, { now: clock.now(), random: clock.random(), settings });
        return { next: done.next, result: done.isAgain };
      }),
    );
    return result ? { kind: 'again' as const, claim: handOut(stored) } : { kind: 'released' as const };
  }
}

async function newsOf(access: RowAccess, { row, wanted }: HeldClaim): Promise<News> {
  return newsIn(await peekRow(access, row.root), { wanted, dropped: row.notesDropped ?? 0 });
}

/** A row without a root belongs to nobody and is deleted. */
async function* dueRoots(access: RowAccess): AsyncGenerator<string> {
  const { table, clock } = access;
  const filter = `dueAt le '${clock.now().toISOString()}'`;
  try {
    for await (const row of table.listEntities({ queryOptions: { filter } })) {
      const stored = readWorkRow(row, access);
      if (stored === undefined || isIdle(stored.record)) {
        await deleteRow(table, row);
      } else {
        yield stored.record.root;
      }
    }
  } catch (error) {
    throw toStorageError(error, 'list the work that is due');
  }
}

function toClaim(record: WorkRecord | undefined): Claim {
  const claim = record?.claim;
  if (!claim) {
    throw new RemediationError('internal-error', 'Cannot claim a work row: it has no claim');
  }
  const taken: HeldClaim = {
    row: toWorkRow(record),
    until: new Date(claim.until),
    id: claim.id,
    wanted: claim.wanted,
  };
  return taken;
}

function held(claim: Claim): HeldClaim {
  if (!('id' in claim) || !('wanted' in claim)) {
    throw new RemediationError(
      'internal-error',
      'Cannot go on with a claim that the work store did not hand out',
    );
  }
  return claim as HeldClaim;
}
