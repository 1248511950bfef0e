import type { CaseData } from '../case/case-data.ts';
import type { Verdict } from '../case/decision.ts';
import { obstacleOf } from '../case/obstacle.ts';
import { defined } from '../defined.ts';
import type { ReadEntry } from '../ledger/chain-reader.ts';
import { payloadOf, type PayloadRead } from '../ledger/format/read-payload.ts';
import { actorTexts } from '../words/actor.ts';
import { capitalised } from '../words/capital.ts';
import { voidText } from '../words/void.ts';
import type { FollowUp } from './follow-up-card.ts';

/**
 * The follow-up of a case that an entry reports; undefined for kinds that nobody is told about. For an unreadable
 * payload, the case's row decides.
 */
export function followUpOf({ kind, body }: ReadEntry, data: CaseData): FollowUp | undefined {
  const payload = body?.payload;
  switch (kind) {
    case 'decision-recorded':
      return decidedOf(data);
    case 'decision-voided':
      return { kind: 'voided', why: voidedWhy(payloadOf('decision-voided', kind, payload)) };
    case 'case-closed': {
      const writers = payloadOf('case-closed', kind, payload)?.otherWriters;
      return { kind: 'closed', reason: data.closed, otherWriters: actorTexts(writers) };
    }
    case 'case-held': {
      const obstacle = obstacleOf({ state: 'held', data });
      return obstacle && { kind: 'held', obstacle };
    }
    case 'case-failed': {
      const obstacle = obstacleOf({ state: 'failed', data });
      return { kind: 'failed', message: data.failure?.message, ...defined({ obstacle }) };
    }
    case 'case-stuck':
      return {
        kind: 'stuck',
        message: payloadOf('case-stuck', kind, payload)?.reason ?? data.failure?.message,
      };
    case 'case-escalated':
      return escalatedOf(payloadOf('case-escalated', kind, payload), data);
    default:
      return undefined;
  }
}

function voidedWhy(payload: PayloadRead<'decision-voided'> | undefined): string | undefined {
  const reasons = new Set(payload?.decisions.map(({ because }) => because));
  return reasons.size === 0 ? undefined : capitalised([...reasons].map(voidText).join('; '));
}

function escalatedOf(payload: PayloadRead<'case-escalated'> | undefined, data: CaseData): FollowUp {
  const said = payload?.reason === 'past-due' ? payload : undefined;
  return {
    kind: 'escalated',
    reason: payload?.reason,
    owner: said?.owner ?? data.due?.owner,
    due: said?.due ?? data.due?.at,
  };
}

/** The decision that was recorded last. The entry and the case's row say the same about it. */
function decidedOf({ decisions = [] }: CaseData): FollowUp | undefined {
  const last = decisions.at(-1)?.decision;
  if (last === undefined) {
    return undefined;
  }
  const verdict: Verdict = last.verdict;
  const same = decisions.filter(
    ({ decision }) => decision.verdict === verdict && decision.proposal === last.proposal,
  );
  return {
    kind: 'decided',
    verdict,
    by: last.by.name,
    reason: last.reason,
    until: verdict === 'approve' ? undefined : last.until,
    given: new Set(same.map(({ decision }) => decision.by.objectId)).size,
  };
}
