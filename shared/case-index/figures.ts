import type { Severity } from '../contract/observation.ts';
import type { CaseView } from './case-index.ts';
import type { IndexedCase } from './indexed-case.ts';

export const severities = ['critical', 'high', 'medium', 'low'] as const satisfies readonly Severity[];

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

/** Ages of open cases: a case belongs to the first age that it does not exceed. */
export const ages = [
  { name: 'under 1 hour', under: hourMs },
  { name: '1 to 24 hours', under: dayMs },
  { name: '1 to 7 days', under: 7 * dayMs },
  { name: '7 to 30 days', under: 30 * dayMs },
  { name: 'over 30 days', under: Infinity },
] as const;

export interface AgeRow {
  readonly name: string;
  readonly counts: Readonly<Record<Severity, number>>;
  readonly total: number;
}

function bySeverity(cases: readonly IndexedCase[]): Readonly<Record<Severity, number>> {
  const counts = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const { severity } of cases) {
    counts[severity] += 1;
  }
  return counts;
}

/** Permitted drift does not count as open work. */
export function isExempt({ state, hold }: IndexedCase): boolean {
  return state === 'held' && hold?.reason === 'exempt';
}

/** Open cases by age and severity, without those that are exempt. Pure. */
export function openByAge({ open, asOf }: CaseView): readonly AgeRow[] {
  const rest = open.filter((one) => !isExempt(one));
  return ages.map(({ name, under }, index) => {
    const over = ages[index - 1]?.under ?? -Infinity;
    const inside = rest.filter(({ openedAt }) => {
      const age = asOf.getTime() - openedAt;
      return age < under && age >= over;
    });
    return { name, counts: bySeverity(inside), total: inside.length };
  });
}

export interface Closing {
  readonly count: number;
  /** Milliseconds from the first sight of a drift to its closing entry; undefined when no case was closed. */
  readonly median: number | undefined;
  readonly p95: number | undefined;
  /** Cases closed on each of the last thirty days, oldest day first. */
  readonly perDay: readonly { readonly day: string; readonly count: number }[];
  /** Reasons for closing, most frequent first. */
  readonly reasons: readonly { readonly reason: string; readonly count: number }[];
}

const days = 30;

/** Cases closed in the last thirty days, and the time that they took. Pure. */
export function closing({ closed, asOf }: CaseView): Closing {
  const times = closed
    .map(({ openedAt, closedAt }) => Math.max(0, (closedAt ?? openedAt) - openedAt))
    .sort((one, other) => one - other);
  const perDay = new Map(
    Array.from({ length: days }, (_, index) => [dayOf(asOf.getTime() - (days - 1 - index) * dayMs), 0]),
  );
  const reasons = new Map<string, number>();
  for (const { closedAt, closed: reason = 'fixed' } of closed) {
    const day = dayOf(closedAt ?? 0);
    if (perDay.has(day)) {
      perDay.set(day, (perDay.get(day) ?? 0) + 1);
    }
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return {
    count: closed.length,
    median: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    perDay: [...perDay].map(([day, count]) => ({ day, count })),
    reasons: [...reasons]
      .map(([reason, count]) => ({ reason, count }))
      .sort((one, other) => other.count - one.count),
  };
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** The smallest value that at least a share of `share` of the sorted values does not exceed. */
export function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

export interface Group {
  readonly name: string;
  readonly open: number;
  readonly waiting: number;
  readonly exempt: number;
  readonly closed: number;
}

/** Cases by control or by chain, most open ones first. Pure. */
export function groupBy({ open, closed }: CaseView, by: 'control' | 'chain'): readonly Group[] {
  const groups = new Map<string, { open: number; waiting: number; exempt: number; closed: number }>();
  for (const one of [...open, ...closed]) {
    const group = groups.get(one[by]) ?? { open: 0, waiting: 0, exempt: 0, closed: 0 };
    groups.set(one[by], group);
    if (one.state === 'closed') {
      group.closed += 1;
    } else {
      group[isExempt(one) ? 'exempt' : 'open'] += 1;
      group.waiting += one.state === 'awaiting-decision' ? 1 : 0;
    }
  }
  return [...groups]
    .map(([name, counts]) => ({ name, ...counts }))
    .sort((one, other) => other.open - one.open || (one.name < other.name ? -1 : 1));
}

/** Exempt cases whose permission ends within a time, soonest first. Pure. */
export function lapsing({ open, asOf }: CaseView, withinMs: number): readonly IndexedCase[] {
  const until = (one: IndexedCase): number => one.hold?.until ?? Infinity;
  return open
    .filter((one) => isExempt(one) && until(one) - asOf.getTime() <= withinMs)
    .sort((one, other) => until(one) - until(other));
}

const ranks: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3 };

/** Order in which cases should be dealt with: by severity, then by age. */
export function byUrgency(one: IndexedCase, other: IndexedCase): number {
  return ranks[one.severity] - ranks[other.severity] || one.openedAt - other.openedAt;
}

/** Held cases with a change that a person can still approve. */
const approvable: readonly string[] = [
  'tug-of-war',
  'breaker',
  'frozen',
  'outside-window',
  'budget',
  'managed',
  'unwitnessed',
];

/** True if the case can wait for a person. The decision service says who that person is. Pure. */
export function mayWait({ state, hold, hasChange }: IndexedCase): boolean {
  return (
    state === 'awaiting-decision' ||
    (state === 'held' && hasChange && approvable.includes(hold?.reason ?? ''))
  );
}
