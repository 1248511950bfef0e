import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { timestamp } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import { caseKey } from '../ledger/format/keys.ts';
import type { CaseRow, Ledger } from '../ledger/ledger.ts';
import type { Limits } from '../policy/policy.ts';
import type { CaseData } from './case-data.ts';
import { readCaseData, writeCaseData } from './case-data.ts';
import { automationVerified } from './engine-controls.ts';
import type { Tripped } from './guardrails.ts';
import type { JsonObject } from './remediator.ts';

/**
 * Counts failed verifications and undos of each control, in all subscriptions. The count is a case in the chain `tenant`,
 * one for each control: writers meet at its version, so that none is lost, and each failure has a name, so that
 * none is counted twice.
 */
export interface Breaker {
  /** Reads the counts again, if they are older than a few seconds, and closes those that have passed. @throws RemediationError */
  refresh(limits: Limits): Promise<void>;
  /** Whether automatic repair of a control is stopped; as far as was read last. */
  trippedOf(control: string, limits: Limits): Tripped | undefined;
  /** Counts one failure, and stops the control when it is one too many. @throws RemediationError */
  record(failure: Failure, limits: Limits): Promise<void>;
}

export interface Failure {
  readonly control: string;
  /** Names it: what is told twice counts once. */
  readonly id: string;
  readonly kind: 'not-converged' | 'undone';
  readonly resource: string;
}

const chain = 'tenant';
/** The root of all counts: they are one range of rows. */
const countsRoot = 'automation';
const memoryInMs = 5_000;
const mostAttempts = 20;
/** A count keeps so many failures: the newest ones. */
const mostFailures = 200;

const Failures = z.array(
  z.object({ id: z.string(), at: z.string(), kind: z.enum(['not-converged', 'undone']) }),
);
type Failures = z.infer<typeof Failures>;

export function openBreaker(ledger: Ledger, clock: Clock): Breaker {
  let known: { readonly until: number; readonly rows: Promise<ReadonlyMap<string, CaseRow>> } | undefined;
  let rows: ReadonlyMap<string, CaseRow> = new Map();

  const read = async (): Promise<ReadonlyMap<string, CaseRow>> => {
    const { openCases } = await ledger.readRoot(chain, countsRoot);
    return new Map(openCases.map((row) => [readCaseData(row).resource, row]));
  };
  const readAndTidy = async (limits: Limits): Promise<ReadonlyMap<string, CaseRow>> => {
    const counts = await read();
    for (const row of counts.values()) {
      if (within(failuresOf(row), limits.breaker.withinMs, clock.now()).length === 0) {
        // Somebody else may count, or close, at the same moment: then there is nothing to tidy.
        await ledger.append(closingUnit(row));
      }
    }
    return counts;
  };
  const refresh = async (limits: Limits): Promise<void> => {
    const now = clock.now().getTime();
    if (known === undefined || now >= known.until) {
      const entry = { until: now + memoryInMs, rows: readAndTidy(limits) };
      known = entry;
      entry.rows.catch(() => (known = known === entry ? undefined : known));
    }
    rows = await known.rows;
  };

  return {
    refresh,
    trippedOf: (control, limits) => {
      const row = rows.get(control);
      return row === undefined ? undefined : trippedBy(failuresOf(row), limits, clock.now());
    },
    record: async (failure, limits) => {
      for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
        const row = (await read()).get(failure.control);
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

/** Stopped while the window holds as many failures as the policy bears. Pure. */
export function trippedBy(failures: Failures, { breaker }: Limits, now: Date): Tripped | undefined {
  const recent = within(failures, breaker.withinMs, now);
  const last = recent.at(-breaker.failures);
  return last === undefined
    ? undefined
    : { failures: recent.length, until: new Date(Date.parse(last.at) + breaker.withinMs) };
}

function within(failures: Failures, withinMs: number, now: Date): Failures {
  return failures
    .filter(({ at }) => Date.parse(at) > now.getTime() - withinMs)
    .sort((one, other) => one.at.localeCompare(other.at));
}

/** The failures that a count holds. One that cannot be read is a fault to be seen, not an empty count. */
function failuresOf({ data, caseId }: CaseRow): Failures {
  const result = Failures.safeParse(data.failures);
  if (!result.success) {
    throw new RemediationError('malformed-input', `Cannot read the failures that case "${caseId}" counts`);
  }
  return result.data;
}

type Unit = Parameters<Ledger['append']>[0];

/** What counts one failure; undefined when it is counted already. A count whose failures have all passed begins anew. */
function unitFor(
  row: CaseRow | undefined,
  failure: Failure,
  limits: Limits,
  clock: Clock,
): Unit | undefined {
  const before = row === undefined ? [] : failuresOf(row);
  if (before.some(({ id }) => id === failure.id)) {
    return undefined;
  }
  const at = timestamp(clock);
  const { id, kind } = failure;
  const failures = [...within(before, limits.breaker.withinMs, clock.now()), { id, at, kind }].slice(
    -mostFailures,
  );
  const tripped = trippedBy(failures, limits, clock.now());
  const caseId = row?.caseId ?? clock.uuid();
  const key = caseKey(countsRoot, failure.control, automationVerified);
  const entry = (entryKind: EntryKind, payload: JsonObject) => ({
    kind: entryKind,
    key,
    caseId,
    body: {
      resource: failure.control,
      control: automationVerified,
      actor: { kind: 'leakstop' },
      payload,
    },
  });
  const told = { failure: id, kind, of: failure.resource, failures: failures.length };
  const isHeld = row?.state === 'held';
  const stops = tripped !== undefined && !isHeld;
  return {
    chain,
    entries: [
      entry(row === undefined ? 'case-opened' : 'case-observed', told),
      ...(tripped === undefined && isHeld ? [entry('case-reconsidered', {})] : []),
      ...(stops
        ? [
            entry('case-held', {
              reason: 'breaker',
              failures: tripped.failures,
              until: tripped.until.toISOString(),
            }),
          ]
        : []),
    ],
    cases: [
      {
        key,
        caseId,
        expected: row?.sequence ?? 'absent',
        data: {
          ...(row?.data ?? writeCaseData(emptyCount(failure.control, at))),
          failures,
          ...(stops ? { hold: { reason: 'breaker', at } } : {}),
        },
      },
    ],
  };
}

function closingUnit({ key, caseId, sequence, data }: CaseRow): Unit {
  const payload = { reason: 'fixed-by-others', passed: true };
  const body = { control: automationVerified, actor: { kind: 'leakstop' }, payload };
  return {
    chain,
    entries: [{ kind: 'case-closed', key, caseId, body }],
    cases: [{ key, caseId, expected: sequence, data: { ...data, closed: 'fixed-by-others' } }],
  };
}

type EntryKind = 'case-opened' | 'case-observed' | 'case-reconsidered' | 'case-held';

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
