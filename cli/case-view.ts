import type { CaseSummary } from '../shared/api/schemas.ts';
import type { Opener } from '../shared/case/case-data.ts';
import type { JsonObject } from '../shared/contract/json.ts';
import type { Severity } from '../shared/contract/observation.ts';
import type { Remediator } from '../shared/contract/remediator.ts';
import type { Policy } from '../shared/policy/policy.ts';

/** A case as people are shown it. */
export interface ListedCase {
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

/** A moment; undefined for what is none, or lies beyond what a date can hold. */
function dateAt(moment: string | number): Date | undefined {
  const date = new Date(moment);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export function isPastDue({ due }: ListedCase, now: Date): boolean {
  return due !== undefined && due <= now;
}

const order: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** Worst first, and the oldest first among them. */
export function byUrgency({ of: one }: ListedCase, { of: other }: ListedCase): number {
  return (
    order.indexOf(one.severity) - order.indexOf(other.severity) ||
    Date.parse(one.firstSeenDrifted) - Date.parse(other.firstSeenDrifted) ||
    (one.case < other.case ? -1 : 1)
  );
}

/** Who opened it, as the row of a case has it. */
export function openerOf({ opener: { grade, actors } }: Pick<CaseSummary, 'opener'>): Opener {
  const [first] = actors as [JsonObject | undefined];
  if (grade === 'proven' && first !== undefined) {
    return { grade, actor: first, event: '' };
  }
  return grade === 'candidates' ? { grade, actors: actors as JsonObject[] } : { grade: 'unknown' };
}
