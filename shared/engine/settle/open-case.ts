import { caseKey } from '../../ledger/format/keys.ts';
import type { Note } from '../../work/work.ts';
import type { Assessment } from '../decide/assessment.ts';
import { isEventOn } from '../decide/assessment.ts';
import { attribute } from './attribution.ts';
import { holdsUnder } from '../../case/baseline.ts';
import type { CaseData } from '../../case/case-data.ts';
import type { Case, Draft } from '../../case/draft.ts';
import { resourceObservable } from '../../contract/engine-controls.ts';
import type { Judgement } from '../../contract/judgement.ts';
import { policySubject } from '../decide/circumstances.ts';
import { dueOf } from '../people/escalate.ts';
import type { PayloadOf } from '../../ledger/format/read-payload.ts';
import { toStored } from '../../case/differences.ts';
import type { Drift } from '../../contract/observation.ts';

/** Opens the case of a drift that is not known yet; undefined when the policy leaves its control off. */
export function openCase(
  assessment: Assessment,
  draft: Draft,
  judgement: Judgement,
  drift: Drift,
): Case | undefined {
  const { meta } = judgement.remediator;
  const { engine } = assessment;
  const severity = drift.severity ?? meta.severity;
  const asked = policySubject(meta, judgement.observation, severity);
  if (engine.policy.modeOf(asked).mode === 'off') {
    return undefined;
  }
  const observedAt = assessment.observed[judgement.resource.toLowerCase()];
  const lastSeenInSync = observedAt ?? assessment.baseline?.completedAt;
  const firstSeenDrifted = assessment.lookedAt.toISOString();
  const due = dueOf(engine, asked, firstSeenDrifted);
  const permission = assessment.facts.permissions.get(caseKey(assessment.root, judgement.resource, meta.id));
  const witnessed = isWitnessed(assessment, judgement.resource, meta.id);
  const data: CaseData = {
    root: assessment.root,
    resource: judgement.resource,
    control: meta.id,
    severity,
    ...(drift.exposure === undefined ? {} : { exposure: drift.exposure }),
    witnessed,
    ...(witnessed && observedAt !== undefined ? { lastSeenInSync: observedAt } : {}),
    firstSeenDrifted,
    ...(due === undefined ? {} : { due }),
    ...(permission === undefined ? {} : { permission }),
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

/**
 * A drift was witnessed when everything was seen once (the baseline covers the control and the root could be read),
 * and an event told of this very resource. What a walk finds, or a look at something else, may have stood there for long.
 */
export function isWitnessed(assessment: Assessment, resource: string, control: string): boolean {
  const wasUnreadable = [...assessment.cases.values()].some(
    ({ data }) => data.control === resourceObservable,
  );
  return (
    assessment.baseline?.controls.includes(control) === true &&
    holdsUnder(assessment.baseline, assessment.engine.policy) &&
    !wasUnreadable &&
    assessment.notes.some((note) => isEventOn(note, resource))
  );
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
