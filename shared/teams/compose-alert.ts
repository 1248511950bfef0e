import type { CaseData } from '../case/case-data.ts';
import type { ReadEntry } from '../ledger/chain-reader.ts';
import { payloadOf } from '../ledger/format/read-payload.ts';
import { withUnseenEscaped } from '../text/unseen.ts';
import { escalatedText } from '../words/became.ts';
import { headingText } from '../words/heading.ts';
import type { Notice } from '../work/notice-state.ts';
import type { Alert } from './alert.ts';
import { caseLink, type Composing, subjectOf } from './composing.ts';
import { headingOf } from './follow-up-card.ts';
import { followUpOf } from './follow-up-of.ts';

/** The alert that a case was escalated, or that it ended. */
export function caseAlert(composing: Composing, entry: ReadEntry, caseId: string, data: CaseData): Alert {
  const followUp = followUpOf(entry, data);
  const { heading, title } = subjectOf(composing, data);
  const became = followUp === undefined ? escalatedText(undefined) : headingOf(followUp, data)[0];
  return {
    id: `leakstop/${composing.chain}/${caseId}`,
    rule: `Leakstop: ${data.control}`,
    severity: data.severity,
    ...conditionOf(entry, data),
    targets: [data.resource],
    description: `${became}. ${headingText(heading, withUnseenEscaped)}. Wanted: ${title}`,
    context: {
      case: caseId,
      control: data.control,
      reason: reasonIn(entry) ?? null,
      escalated: data.escalated ?? [],
      owner: data.due?.owner ?? null,
      due: data.due?.at ?? null,
      link: caseLink(composing, caseId),
    },
  };
}

function conditionOf(
  { kind, time }: ReadEntry,
  { firstSeenDrifted }: CaseData,
): Pick<Alert, 'condition' | 'firedAt' | 'resolvedAt'> {
  return kind === 'case-closed'
    ? { condition: 'Resolved', firedAt: firstSeenDrifted, resolvedAt: time }
    : { condition: 'Fired', firedAt: time };
}

/** The alert that Teams refuses messages, or accepts them again. */
export function undeliveredAlert(
  { chain, webUrl, clock }: Composing,
  { since, condition = 'Fired' }: Notice,
): Alert {
  return {
    id: `leakstop/${chain}/teams`,
    rule: 'Leakstop: messages to Teams',
    severity: 'high',
    condition,
    firedAt: since,
    ...(condition === 'Resolved' ? { resolvedAt: clock.now().toISOString() } : {}),
    targets: [`/subscriptions/${chain}`],
    description:
      condition === 'Resolved'
        ? 'Teams takes messages again'
        : 'Teams takes no messages: people are not asked about open leaks there',
    context: {
      case: null,
      control: null,
      reason: 'undelivered',
      owner: null,
      due: null,
      link: `${webUrl}/cases?state=awaiting-decision&subscription=${encodeURIComponent(chain)}`,
    },
  };
}

/** The reason for an escalation, or the way in which a case ended. */
function reasonIn({ kind, body }: ReadEntry): string | undefined {
  const payload = body?.payload;
  return (
    payloadOf('case-escalated', kind, payload)?.reason ?? payloadOf('case-closed', kind, payload)?.reason
  );
}
