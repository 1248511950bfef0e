import type { CaseSummary } from '../shared/api/schemas.ts';
import type { Opener } from '../shared/case/case-data.ts';
import type { JsonObject } from '../shared/contract/json.ts';
import type { Severity } from '../shared/contract/observation.ts';
import type { Remediator } from '../shared/contract/remediator.ts';
import type { Policy } from '../shared/policy/policy.ts';

/** A case as it is shown to people. */
export interface ListedCase {
  readonly of: CaseSummary;
  /** The person who answers for the case, if the policy says so. */
  readonly owner: string | undefined;
  readonly due: Date | undefined;
}

/**
 * The view of a case. With a policy, the policy says who answers for the case; without one, the owner is the one recorded
 * when the case was opened.
 */
export function viewOf(
  summary: CaseSummary,
  policy: Policy | undefined,
  remediators: readonly Remediator[],
): ListedCase {
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

/** A moment as a date; undefined if it is none, or lies beyond the range of a date. */
function dateAt(moment: string | number): Date | undefined {
  const date = new Date(moment);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export function isPastDue({ due }: ListedCase, now: Date): boolean {
  return due !== undefined && due <= now;
}

const order: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** Compares for sorting: worst first, and the oldest first among equals. */
export function byUrgency({ of: one }: ListedCase, { of: other }: ListedCase): number {
  return (
    order.indexOf(one.severity) - order.indexOf(other.severity) ||
    Date.parse(one.firstSeenDrifted) - Date.parse(other.firstSeenDrifted) ||
    (one.case < other.case ? -1 : 1)
  );
}

/** The actors who opened the case, as a row of the list shows them. */
export function openerOf({ opener: { grade, actors } }: Pick<CaseSummary, 'opener'>): Opener {
  const [first] = actors as [JsonObject | undefined];
  if (grade === 'proven' && first !== undefined) {
    return { grade, actor: first, event: '' };
  }
  return grade === 'candidates' ? { grade, actors: actors as JsonObject[] } : { grade: 'unknown' };
}
