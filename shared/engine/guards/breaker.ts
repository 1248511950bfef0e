import type { Clock } from '../../clock.ts';
import { timestamp } from '../../clock.ts';
import { RemediationError } from '../../errors.ts';
import { caseKey } from '../../ledger/format/keys.ts';
import type { CaseRow, Ledger, NewEntry, RootView } from '../../ledger/ledger.ts';
import type { Limits } from '../../policy/policy.ts';
import type { CaseData } from '../../case/case-data.ts';
import { readCaseData, writeCaseData } from '../../case/case-data.ts';
import { automationVerified } from '../../contract/engine-controls.ts';
import type { Failure } from '../../case/draft.ts';
import type { CountedFailure } from '../../ledger/format/payload-parts.ts';
import type { KindAndPayload } from '../../ledger/format/read-payload.ts';
import { asJson } from '../../contract/json.ts';
import { defined } from '../../defined.ts';
import type { Breaker, Tripped } from '../engine.ts';
import { anyTrip, Failures, tripIn, within } from './trips.ts';

const chain = 'tenant';
/** The root of all counts, so that they are one range of rows. */
const countsRoot = 'automation';
const memoryInMs = 5_000;
const mostAttempts = 20;
/** Most failures that a count keeps: the newest ones. */
const mostFailures = 200;

export function openBreaker(ledger: Ledger, clock: Clock): Breaker {
  let known: { readonly until: number; readonly rows: Promise<Counts> } | undefined;
  let counts: Counts = { rows: new Map(), unreadable: new Set() };

  const read = async (): Promise<Counts> => countsIn(await ledger.readRoot(chain, countsRoot));
  const readAndTidy = async (limits: Limits): Promise<Counts> => {
    const found = await read();
    for (const row of found.rows.values()) {
      if (within(failuresOf(row), limits.breaker.withinMs, clock.now()).length === 0) {
        // Another process may count, or close, at the same moment: then there is nothing to tidy.
        await ledger.append(closingUnit(row));
      }
    }
    return found;
  };
  const refresh = async (limits: Limits): Promise<void> => {
    const now = clock.now().getTime();
    if (known === undefined || now >= known.until) {
      const entry = { until: now + memoryInMs, rows: readAndTidy(limits) };
      known = entry;
      entry.rows.catch(() => (known = known === entry ? undefined : known));
    }
    counts = await known.rows;
  };

  return {
    refresh,
    trippedOf: (control, subscription, limits) => {
      if (counts.unreadable.has(keyOf(control))) {
        return { failures: 0, until: new Date(clock.now().getTime() + limits.breaker.withinMs) };
      }
      const row = counts.rows.get(control);
      return row === undefined ? undefined : tripIn(subscription, failuresOf(row), limits, clock.now());
    },
    record: async (failure, limits) => {
      for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
        const { rows, unreadable } = await read();
        if (unreadable.has(keyOf(failure.control))) {
          return;
        }
        const row = rows.get(failure.control);
        const unit = unitFor(row, failure, limits, clock);
        if (unit === undefined || (await ledger.append(unit)).kind === 'committed') {
          known = undefined;
          return;
        }
        await clock.sleep(10 + clock.random() * 50 * (attempt + 1));
      }
      throw new RemediationError(
        'resource-changed',
        `Cannot count a failure of "${failure.control}": others count at the same time`,
      );
    },
  };
}

/**
 * The failures of each control. An unreadable count is a fault that people have to see, not an empty count: it stops
 * its control.
 */
interface Counts {
  readonly rows: ReadonlyMap<string, CaseRow>;
  readonly unreadable: ReadonlySet<string>;
}

function countsIn({ openCases, unreadable = [] }: RootView): Counts {
  const rows = new Map<string, CaseRow>();
  const others = new Set(unreadable);
  for (const row of openCases) {
    try {
      failuresOf(row);
      rows.set(readCaseData(row).resource, row);
    } catch {
      others.add(row.key);
    }
  }
  return { rows, unreadable: others };
}

function keyOf(control: string): string {
  return caseKey(countsRoot, control, automationVerified);
}

/** @throws RemediationError for a count that is not of its format */
function failuresOf({ data, caseId }: CaseRow): Failures {
  const result = Failures.safeParse(data.failures);
  if (!result.success) {
    throw new RemediationError('malformed-input', `Cannot read the failures that case "${caseId}" counts`);
  }
  return result.data;
}

type Unit = Parameters<Ledger['append']>[0];

/** The unit that counts one failure; undefined if it is already counted. Failures that are too old are forgotten. */
function unitFor(row: CaseRow | undefined, failure: Failure, limits: Limits, clock: Clock): Unit | undefined {
  const before = row === undefined ? [] : failuresOf(row);
  if (before.some(({ id }) => id === failure.id)) {
    return undefined;
  }
  const at = timestamp(clock);
  const { id, kind, resource, owner, writers } = failure;
  const recent = within(before, limits.breaker.withinMs, clock.now());
  const failures = [
    ...recent,
    { id, at, kind, resource, writers: [...writers], ...defined({ owner }) },
  ].slice(-mostFailures);
  const tripped = anyTrip(failures, limits, clock.now());
  const caseId = row?.caseId ?? clock.uuid();
  const key = keyOf(failure.control);
  const about = { resource: failure.control, control: automationVerified, actor: { kind: 'leakstop' } };
  const isNewlyTripped = tripped !== undefined && row?.state !== 'held';
  const data = row?.data ?? writeCaseData(emptyCount(failure.control, at));
  return {
    chain,
    entries: entriesFor(
      row,
      { failure: id, kind, of: failure.resource, failures: failures.length },
      tripped,
    ).map(
      ({ kind: entryKind, payload }) =>
        ({ kind: entryKind, key, caseId, body: { ...about, payload } }) as NewEntry,
    ),
    cases: [
      {
        key,
        caseId,
        expected: row?.sequence ?? 'absent',
        data: {
          ...data,
          failures: asJson(failures),
          ...(isNewlyTripped ? { hold: { reason: 'breaker', at } } : {}),
        },
      },
    ],
  };
}

type ToTell = KindAndPayload<'case-opened' | 'case-observed' | 'case-reconsidered' | 'case-held'>;

/**
 * One entry for the failure. A second entry follows if the failure stops the control, or if a stopped control goes on.
 */
function entriesFor(
  row: CaseRow | undefined,
  told: CountedFailure,
  tripped: Tripped | undefined,
): readonly ToTell[] {
  const isHeld = row?.state === 'held';
  const first: ToTell = { kind: row === undefined ? 'case-opened' : 'case-observed', payload: told };
  if (tripped === undefined) {
    return isHeld ? [first, { kind: 'case-reconsidered', payload: {} }] : [first];
  }
  const payload = {
    reason: 'breaker',
    failures: tripped.failures,
    until: tripped.until.toISOString(),
    detail: `stopped ${tripped.subscription === undefined ? 'everywhere' : `in subscription ${tripped.subscription}`}`,
  } as const;
  return isHeld ? [first] : [first, { kind: 'case-held', payload }];
}

function closingUnit({ key, caseId, sequence, data }: CaseRow): Unit {
  const payload = { reason: 'fixed-by-others', passed: true } as const;
  const body = { control: automationVerified, actor: { kind: 'leakstop' }, payload };
  return {
    chain,
    entries: [{ kind: 'case-closed', key, caseId, body }],
    cases: [{ key, caseId, expected: sequence, data: { ...data, closed: 'fixed-by-others' } }],
  };
}

function emptyCount(control: string, at: string): CaseData {
  return {
    root: countsRoot,
    resource: control,
    control: automationVerified,
    severity: 'high',
    witnessed: false,
    firstSeenDrifted: at,
    opener: { grade: 'unknown' },
    differences: [],
    requestIds: [],
  };
}
