import { proposalHash, proposalOf } from '../case/proposal.ts';
import type { CaseView } from '../case-index/case-index.ts';
import { dataOf, type IndexedCase } from '../case-index/indexed-case.ts';
import { closeWords } from '../words/close.ts';
import { wordFor } from '../words/known-word.ts';
import type { CaseData } from '../case/case-data.ts';
import { type ControlWords, controlTitle } from '../words/control.ts';
import { caseHeading, headingText } from '../words/heading.ts';
import { obstacleOf } from '../case/obstacle.ts';
import { asJson } from '../contract/json.ts';
import { defined } from '../defined.ts';
import type { SubscriptionNames } from '../subscription-names.ts';
import type { CaseDetail, CaseSummary } from './schemas.ts';

/** A case as a list shows it. Pure. */
export function summaryOf(
  found: IndexedCase,
  controls: readonly ControlWords[],
  names: SubscriptionNames,
): CaseSummary {
  const data = dataOf(found);
  const { hold, failure, due, closed, undo, witnessed, exposure, lastSeenInSync, firstSeenDrifted, opener } =
    data;
  const { chain: subscription, caseId: id, state, severity, control, resource, closedAt } = found;
  return {
    subscription,
    ...defined({ subscriptionName: names.nameOf(subscription) }),
    case: id,
    state,
    severity,
    control,
    title: controlTitle(controls, control),
    heading: headingText(caseHeading(controls, data)),
    resource,
    witnessed,
    firstSeenDrifted,
    opener: openerOf(opener),
    ...(exposure && { exposure }),
    ...(lastSeenInSync && { lastSeenInSync }),
    ...(hold && { hold: { reason: hold.reason, ...(hold.until && { until: hold.until }) } }),
    ...(failure && { failure: { ...failure } }),
    ...(closed && { closed }),
    ...(closedAt !== undefined && { closedAt: new Date(closedAt).toISOString() }),
    ...(due && { owner: due.owner, due: due.at }),
    ...(undo && { undoes: undo.caseId }),
    ...obstacleIn(found),
  };
}

/** The obstacle of a case's change, if Azure named one. */
function obstacleIn(found: IndexedCase): Pick<CaseSummary, 'obstacle'> {
  const obstacle = obstacleOf({ state: found.state, data: dataOf(found) });
  if (obstacle === undefined) {
    return {};
  }
  const { until, ...words } = obstacle;
  return { obstacle: { ...words, ...(until && { until: until.toISOString() }) } };
}

function openerOf(opener: CaseData['opener']): CaseSummary['opener'] {
  switch (opener.grade) {
    case 'proven':
      return { grade: 'proven', actors: [opener.actor] };
    case 'candidates':
      return { grade: 'candidates', actors: [...opener.actors] };
    case 'unknown':
      return { grade: 'unknown', actors: [] };
  }
}

/** The proposal to decide about a case, as it is shown: the same for every caller. */
export function proposedOf(found: IndexedCase): Pick<CaseDetail, 'hash' | 'proposal'> {
  const { caseId, state } = found;
  const proposal = proposalOf({ caseId, state, data: dataOf(found) });
  const { steps, impact, undo, differences } = proposal;
  return {
    hash: proposalHash(proposal),
    // As it is hashed: the author of a decision can read everything that the decision is bound to.
    proposal: asJson({ steps, impact, undo, differences }) as CaseDetail['proposal'],
  };
}

/** The reason why a case is not among those kept for people, as far as it is known; completes "Cannot ...: ". */
export function notAmong({
  left,
  leftClosed,
  unreadable,
}: Pick<CaseView, 'left' | 'leftClosed' | 'unreadable'>): string {
  const missing = [
    ...(left > 0 ? [`${left} open cases did not fit into the memory of the service`] : []),
    ...(leftClosed > 0 ? [`${leftClosed} closed ones did not fit either`] : []),
    ...(unreadable > 0 ? [`${unreadable} rows of the ledger cannot be read`] : []),
  ];
  const known = 'no open case has this id, nor one that was closed in the last 30 days';
  return missing.length === 0
    ? `${known}; older ones can be read in an export of the ledger, and are not decided about any more`
    : `${known}, as far as the service knows: ${missing.join(', and ')}; an export of the ledger has them all`;
}

/** The time and reason of a case's end. */
export function closedText({ closedAt, closed }: Pick<IndexedCase, 'closedAt' | 'closed'>): string {
  const at = closedAt === undefined ? '' : ` at ${new Date(closedAt).toISOString()}`;
  return `The case was closed${at}: ${wordFor(closeWords, closed ?? 'fixed')}`;
}
