import type { CaseData } from '../../case/case-data.ts';
import type { Case } from '../../case/draft.ts';
import { toStored } from '../../case/differences.ts';
import { defined } from '../../defined.ts';
import { caseKey } from '../../ledger/format/keys.ts';
import type { PayloadOf } from '../../ledger/format/read-payload.ts';
import { isSameResource } from '../../resource-id.ts';
import type { Note } from '../../work/work.ts';
import type { Assessment } from '../decide/assessment.ts';
import { dueOf } from '../decide/due.ts';
import { policySubject } from '../decide/policy-subject.ts';
import { isWitnessed } from '../decide/witnessed.ts';
import type { Matter } from './matter.ts';
import { attribute } from './opener.ts';

/** Opens the case of a drift that is not known yet; undefined when the policy leaves its control off. */
export function openCase({ assessment, draft, judgement }: Matter): Case | undefined {
  const { meta } = judgement.remediator;
  const drift = judgement.finding;
  const { engine } = assessment;
  const severity = drift.severity ?? meta.severity;
  const asked = policySubject(meta, judgement.observation, severity);
  if (engine.policy.modeOf(asked).mode === 'off') {
    return undefined;
  }
  const observedAt = seenAt(assessment, judgement.resource);
  const lastSeenInSync = observedAt ?? assessment.baseline?.completedAt;
  const firstSeenDrifted = assessment.lookedAt.toISOString();
  const due = dueOf(engine, asked, firstSeenDrifted);
  const key = caseKey(assessment.root, judgement.resource, meta.id);
  const permission = assessment.facts.permissions.get(key);
  const rounds = assessment.facts.rounds.get(key);
  const witnessed = isWitnessed(assessment, judgement.resource, meta.id);
  const data: CaseData = {
    root: assessment.root,
    resource: judgement.resource,
    control: meta.id,
    severity,
    witnessed,
    ...(witnessed && observedAt !== undefined ? { lastSeenInSync: observedAt } : {}),
    firstSeenDrifted,
    ...defined({ exposure: drift.exposure, due, permission, rounds }),
    opener: witnessed
      ? attribute(assessment.notes, judgement.resource, {
          after: lastSeenInSync,
          isObserved: observedAt !== undefined && !assessment.hasLostNotes,
        })
      : { grade: 'unknown' },
    differences: drift.differences.map(toStored),
    requestIds: [],
  };
  return draft.open(data, openedPayload(data, assessment.notes), engine.clock);
}

/** When a resource was read last, before this look. A sweep reads roots. */
function seenAt({ observed, swept, root }: Assessment, resource: string): string | undefined {
  return observed[resource.toLowerCase()] ?? (isSameResource(resource, root) ? swept?.seenAt : undefined);
}

function openedPayload(data: CaseData, notes: readonly Note[]): PayloadOf<'case-opened'> {
  return {
    differences: data.differences,
    severity: data.severity,
    ...(data.exposure === undefined ? {} : { exposure: data.exposure }),
    witnessed: data.witnessed,
    ...(data.lastSeenInSync === undefined ? {} : { lastSeenInSync: data.lastSeenInSync }),
    firstSeenDrifted: data.firstSeenDrifted,
    opener: data.opener,
    events: notes
      .slice(-10)
      .map(({ id, time, operation }) => ({ id, time, ...(operation === undefined ? {} : { operation }) })),
  };
}
