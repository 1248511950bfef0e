import { type CaseData, readCaseData } from '../shared/engine/case-data.ts';
import type { Remediator, Severity } from '../shared/engine/remediator.ts';
import type { CaseState } from '../shared/ledger/format/states.ts';
import type { CaseRow } from '../shared/ledger/ledger.ts';
import type { Policy } from '../shared/policy/policy.ts';

/** A case as people are shown it. */
export interface CaseView {
  readonly id: string;
  readonly chain: string;
  readonly state: CaseState;
  readonly data: CaseData;
  /** Who answers for it and until when, where the policy says so. */
  readonly owner: string | undefined;
  readonly due: Date | undefined;
}

/** @throws RemediationError `malformed-input` for a row that cannot be read */
export function viewOf(
  row: CaseRow,
  chain: string,
  policy: Policy,
  remediators: readonly Remediator[],
): CaseView {
  const data = readCaseData(row);
  const meta = remediators.find((each) => each.meta.id === data.control)?.meta;
  const ownership = policy.ownershipOf({
    control: data.control,
    defaultMode: meta?.defaultMode ?? 'observe',
    resource: data.resource,
    severity: data.severity,
  });
  return {
    id: row.caseId,
    chain,
    state: row.state,
    data,
    owner: ownership?.owner,
    due:
      ownership === undefined ? undefined : new Date(Date.parse(data.firstSeenDrifted) + ownership.dueInMs),
  };
}

/** Which cases are wanted. */
export interface CaseFilter {
  readonly control?: readonly string[];
  readonly state?: readonly CaseState[];
  readonly severity?: readonly Severity[];
  readonly pastDue?: true;
}

export function isWanted({ data, state, due }: CaseView, filter: CaseFilter, now: Date): boolean {
  return (
    (filter.control?.includes(data.control) ?? true) &&
    (filter.state?.includes(state) ?? true) &&
    (filter.severity?.includes(data.severity) ?? true) &&
    (filter.pastDue !== true || (due !== undefined && due <= now))
  );
}

const order: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** Worst first, and the oldest first among them. */
export function byUrgency(one: CaseView, other: CaseView): number {
  return (
    order.indexOf(one.data.severity) - order.indexOf(other.data.severity) ||
    Date.parse(one.data.firstSeenDrifted) - Date.parse(other.data.firstSeenDrifted) ||
    (one.id < other.id ? -1 : 1)
  );
}

/** Who opened it, as far as that is known. */
export function openerText({ opener }: CaseData): string {
  switch (opener.grade) {
    case 'proven':
      return actorText(opener.actor);
    case 'candidates':
      return `one of ${opener.actors.map(actorText).join(', ')}`;
    case 'unknown':
      return 'not known';
  }
}

type Actor = Extract<CaseData['opener'], { grade: 'proven' }>['actor'];

/** The name that people know somebody by, else the id that Entra does. */
export function actorText(actor: Actor): string {
  const name = ['name', 'upn', 'displayName', 'objectId', 'id', 'appId', 'clientId']
    .map((each) => actor[each])
    .find((each) => typeof each === 'string' && each !== '');
  return typeof name === 'string' ? name : JSON.stringify(actor);
}
