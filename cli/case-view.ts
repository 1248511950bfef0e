import type { CaseSummary } from '../shared/api/schemas.ts';
import { actorText } from '../shared/words/actor.ts';
import type { Remediator } from '../shared/contract/remediator.ts';
import type { Severity } from '../shared/contract/observation.ts';
import type { Policy } from '../shared/policy/policy.ts';

/** A case as people are shown it. */
export interface CaseView {
  readonly of: CaseSummary;
  /** Who answers for it and until when, where the policy says so. */
  readonly owner: string | undefined;
  readonly due: Date | undefined;
}

/** With a policy it says who answers for a case; without one, what was said when the case was opened. */
export function viewOf(
  summary: CaseSummary,
  policy: Policy | undefined,
  remediators: readonly Remediator[],
): CaseView {
  const { control, resource, severity, firstSeenDrifted, owner, due } = summary;
  if (policy === undefined) {
    return { of: summary, owner, due: due === undefined ? undefined : dateAt(due) };
  }
  const meta = remediators.find((each) => each.meta.id === control)?.meta;
  const ownership = policy.ownershipOf({
    control,
    defaultMode: meta?.defaultMode ?? 'observe',
    resource,
    severity,
  });
  return {
    of: summary,
    owner: ownership?.owner,
    due: ownership && dateAt(Date.parse(firstSeenDrifted) + ownership.dueInMs),
  };
}

/** A moment; undefined for what is none, or lies beyond what a date can hold. */
function dateAt(moment: string | number): Date | undefined {
  const date = new Date(moment);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export function isPastDue({ due }: CaseView, now: Date): boolean {
  return due !== undefined && due <= now;
}

const order: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** Worst first, and the oldest first among them. */
export function byUrgency({ of: one }: CaseView, { of: other }: CaseView): number {
  return (
    order.indexOf(one.severity) - order.indexOf(other.severity) ||
    Date.parse(one.firstSeenDrifted) - Date.parse(other.firstSeenDrifted) ||
    (one.case < other.case ? -1 : 1)
  );
}

/** Who opened it, as far as that is known. */
export function openerText({ opener: { grade, actors } }: Pick<CaseSummary, 'opener'>): string {
  const [first, ...others] = actors.map((actor) => actorText(actor));
  if (first === undefined || grade === 'unknown') {
    return 'not known';
  }
  if (grade === 'proven') {
    return first;
  }
  return others.length === 0 ? `perhaps ${first}` : `one of ${[first, ...others].join(', ')}`;
}

/** When the drift opened, as far as that is known. */
export function openedText({
  lastSeenInSync,
  firstSeenDrifted,
  witnessed,
}: Pick<CaseSummary, 'lastSeenInSync' | 'firstSeenDrifted' | 'witnessed'>): string {
  if (lastSeenInSync !== undefined) {
    return `between ${lastSeenInSync} and ${firstSeenDrifted}`;
  }
  return witnessed
    ? `by ${firstSeenDrifted}, while Leakstop watched: it was not there before`
    : `before ${firstSeenDrifted}; nobody watched`;
}

/** Such as `held: unwitnessed`. */
export function stateText({
  state,
  hold,
  failure,
  closed,
}: Pick<CaseSummary, 'state' | 'hold' | 'failure' | 'closed'>): string {
  const why: Readonly<Record<string, string | undefined>> = {
    held: hold?.reason,
    failed: failure?.code,
    closed,
  };
  return why[state] === undefined ? state : `${state}: ${why[state]}`;
}
