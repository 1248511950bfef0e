import { defined } from '../defined.ts';
import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import { caseKey } from '../ledger/format/keys.ts';
import type { PayloadOf } from '../ledger/format/read-payload.ts';
import type { CaseEntryKind, CaseState } from '../ledger/format/states.ts';
import { stateAfter } from '../ledger/format/states.ts';
import type { CaseRow, NewEntry, RootView, Unit } from '../ledger/ledger.ts';
import { type Limits, ordinaryInSubscription } from '../policy/policy.ts';
import { actorsOf, principalOf } from './actors-of.ts';
import { isSevere, writeReserve } from './write-reserve.ts';
import type { CaseData } from './case-data.ts';
import { readCaseData, writeCaseData } from './case-data.ts';
import type { JsonObject } from '../contract/json.ts';

/** A case as this look knows it, with everything drafted about it so far. */
export interface Case {
  readonly key: string;
  readonly caseId: string;
  state: CaseState | 'none';
  data: CaseData;
  /** The version that was read, or 'absent' for a case that this draft opens. */
  readonly expected: number | 'absent';
}

export function caseOf(row: CaseRow): Case {
  return {
    key: row.key,
    caseId: row.caseId,
    state: row.state,
    data: readCaseData(row),
    expected: row.sequence,
  };
}

/** Most rows of one transaction beside the head's, with room to spare. A closing case takes two: its row moves. */
const mostRows = 90;
const rowsOfCase = 2;

/** The limits that bound the changes of a unit. */
type ChangeLimits = Pick<Limits, 'changesPerHour' | 'criticalReserve' | 'tenantChangesPerHour'>;

/** The content of one transaction. `withdrawn`: when its withdrawn changes were intended. */
interface Drafted {
  readonly entries: readonly NewEntry[];
  readonly cases: readonly Case[];
  readonly withdrawn: readonly string[];
  /** Number of withdrawn changes that had drawn on the reserve. */
  readonly returned: number;
}

function toUnit(chain: string, drafted: Drafted, limits: ChangeLimits): Unit {
  const changes = changesIn(drafted, limits);
  return {
    chain,
    entries: drafted.entries,
    cases: drafted.cases.map(({ key, caseId, expected, data }) => ({
      key,
      caseId,
      expected,
      data: writeCaseData(expected === 'absent' ? data : { ...data, trail: trailOf(data, expected) }),
    })),
    ...defined({ changes }),
  };
}

/** The changes that a unit starts or takes back; undefined if there are none. */
function changesIn(
  { entries, cases, withdrawn, returned }: Drafted,
  limits: ChangeLimits,
): Unit['changes'] | undefined {
  // The budget bounds automatic changes only. Changes that people approved do not count.
  const automatic = new Map(
    cases.filter(({ data }) => data.approval === undefined).map(({ key, data }) => [key, data]),
  );
  const intended = entries
    .map((entry) =>
      'key' in entry && entry.kind === 'change-intended' ? automatic.get(entry.key) : undefined,
    )
    .filter((data) => data !== undefined);
  if (intended.length + withdrawn.length + returned === 0) {
    return undefined;
  }
  const floors = intended.flatMap(({ reserve }) => (reserve === undefined ? [] : [reserve.floor]));
  const budgeted = intended.filter(({ reserve }) => reserve === undefined);
  const ordinary = budgeted.filter(({ severity }) => !isSevere(severity)).length;
  const reserve = { count: floors.length, returned, floor: Math.max(0, ...floors), limits: writeReserve };
  return {
    count: budgeted.length,
    limitPerHour: limits.changesPerHour,
    ordinary: { count: ordinary, limitPerHour: ordinaryInSubscription(limits) },
    withdrawn,
    ...(floors.length + returned === 0 ? {} : { reserve }),
  };
}

/** Longest trail that a case keeps. A longer one keeps its first half and its end. */
const longestTrail = 200;

/**
 * Appends the read version to the trail: the case's entries up to that sequence can be found from there backwards.
 */
function trailOf({ trail = [] }: CaseData, before: number): number[] {
  const whole = [...trail, before];
  return whole.length <= longestTrail ? whole : whole.toSpliced(longestTrail / 2, 1);
}

/** The cases that can be read, and the keys of those that cannot. */
export interface ReadCases {
  readonly cases: readonly Case[];
  readonly unreadable: ReadonlySet<string>;
}

/** Reads rows as cases. A malformed row costs its own case only: nothing is judged, written or closed there. */
export function readCases(rows: readonly CaseRow[], unreadable: readonly string[] = []): ReadCases {
  const cases: Case[] = [];
  const others = new Set(unreadable);
  for (const row of rows) {
    try {
      cases.push(caseOf(row));
    } catch {
      others.add(row.key);
    }
  }
  return { cases, unreadable: others };
}

/** The open cases of a root that can be read, by key. */
export function casesOf(view: RootView): Map<string, Case> {
  return new Map(readCases(view.openCases).cases.map((subject) => [subject.key, subject]));
}

/** One failure of automatic repair, as the breaker of its control counts it. */
export interface Failure {
  readonly control: string;
  /** Names the failure: reported twice, it counts once. */
  readonly id: string;
  readonly kind: 'not-converged' | 'undone';
  readonly resource: string;
  /** The owner who answers for the resource, as far as the policy names one. */
  readonly owner?: string;
  /** Everybody who may have opened the drift. */
  readonly writers: readonly string[];
}

/** Collects the content of one transaction: entries in order, and each case as it is after them. */
export class Draft {
  readonly #entries: NewEntry[] = [];
  readonly #cases = new Map<string, Case>();
  /** When the withdrawn changes were intended, by case key. */
  readonly #withdrawn = new Map<string, string>();
  /** Keys of cases whose withdrawn change had drawn on the reserve. */
  readonly #returned = new Set<string>();
  readonly #traceparent: string | undefined;
  readonly #strikes: Failure[] = [];

  constructor(traceparent: string | undefined) {
    this.#traceparent = traceparent;
  }

  /** Every case that this draft touches, in its state after the draft. */
  get subjects(): Iterable<Case> {
    return this.#cases.values();
  }

  /** Failures in this draft, for the breaker of their controls. */
  get strikes(): readonly Failure[] {
    return this.#strikes;
  }

  /**
   * Reports that automatic repair of a case's control failed. `id` names the failure: reported twice, it counts once.
   */
  strike({ data }: Case, kind: Failure['kind'], id: string): void {
    const { control, resource, due, opener } = data;
    const writers = actorsOf(opener).flatMap((actor) => principalOf(actor) ?? []);
    this.#strikes.push({ control, resource, kind, id, writers, ...defined({ owner: due?.owner }) });
  }

  open(data: CaseData, payload: PayloadOf<'case-opened'>, clock: Clock): Case {
    const traceparent = this.#traceparent;
    const opened: Case = {
      key: caseKey(data.root, data.resource, data.control),
      caseId: clock.uuid(),
      state: 'none',
      data: { ...data, ...defined({ traceparent }) },
      expected: 'absent',
    };
    this.move(opened, 'case-opened', payload);
    return opened;
  }

  /** Appends an entry about a case. @throws RemediationError `internal-error` when the move is illegal. */
  move<K extends CaseEntryKind>(
    subject: Case,
    kind: K,
    payload: PayloadOf<K>,
    patch: Partial<CaseData> = {},
    actor: JsonObject = { kind: 'leakstop' },
  ): void {
    const after = stateAfter(subject.state, kind);
    if (after === undefined) {
      throw new RemediationError(
        'internal-error',
        `Cannot append "${kind}" to a case in state "${subject.state}"`,
      );
    }
    if (kind === 'change-withdrawn' && subject.data.intendedAt !== undefined) {
      this.#withdrawn.set(subject.key, subject.data.intendedAt);
    }
    if (kind === 'change-withdrawn' && subject.data.reserve !== undefined) {
      this.#returned.add(subject.key);
    }
    subject.state = after;
    // A decision is used once: anything after an applied change is decided anew.
    const used = kind === 'change-applied' && subject.data.undo === undefined ? { decisions: undefined } : {};
    subject.data = { ...subject.data, ...patch, ...used };
    // A wake or a late look belongs to the trace of the event that opened the case.
    const traceparent = this.#traceparent ?? subject.data.traceparent;
    this.#cases.set(subject.key, subject);
    this.#entries.push({
      kind,
      key: subject.key,
      caseId: subject.caseId,
      body: {
        resource: subject.data.resource,
        control: subject.data.control,
        actor,
        ...defined({ traceparent }),
        payload,
      },
    } as NewEntry);
  }

  /**
   * The drafted units, in as few transactions as hold them. Entries of one case stay together. Cases are independent
   * of each other, and a root can have more of them than a transaction has rows.
   */
  units(chain: string, limits: ChangeLimits): readonly Unit[] {
    const groups: { entries: NewEntry[]; cases: Case[]; rows: number }[] = [];
    for (const subject of this.#cases.values()) {
      const entries = this.#entries.filter((entry) => 'key' in entry && entry.key === subject.key);
      const rows = entries.length + rowsOfCase;
      const last = groups.at(-1);
      if (last === undefined || last.rows + rows > mostRows) {
        groups.push({ entries, cases: [subject], rows });
      } else {
        last.entries.push(...entries);
        last.cases.push(subject);
        last.rows += rows;
      }
    }
    return groups.map(({ entries, cases }) => {
      const withdrawn = cases.map(({ key }) => this.#withdrawn.get(key)).filter((at) => at !== undefined);
      const returned = cases.filter(({ key }) => this.#returned.has(key)).length;
      return toUnit(chain, { entries, cases, withdrawn, returned }, limits);
    });
  }
}
