import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../../case/draft.ts';
import { refusedBecause, stepOf } from '../../case/one-step.ts';
import { verifyWithinMs } from '../../case/rests.ts';
import { withClosing } from '../../case/rounds.ts';
import { asJson } from '../../contract/json.ts';
import { isAt } from '../../contract/condition.ts';
import { RemediationError } from '../../errors.ts';
import { isNewsSince } from '../look/news.ts';
import { hasUnverified } from '../people/void-decisions.ts';
import { actorsOf } from '../../case/actors-of.ts';
import { failCase } from './close-case.ts';
import { lookAgainForSignatures, type Matter, wakeBy } from './matter.ts';
import { isStillDecided, settleDrift } from './settle-drift.ts';

/**
 * Goes on with a change that was stored earlier, after a crash or a lost answer. If the resource is neither as it was
 * nor as the change makes it, somebody wrote meanwhile: a change of one step may be repeated, and is planned anew.
 */
export function resume(matter: Matter, subject: Case): void {
  const { assessment, draft, judgement } = matter;
  const { change } = subject.data;
  const refused = change === undefined ? undefined : refusedBecause(change, judgement.resource);
  if (refused !== undefined) {
    const error = new RemediationError('not-supported', `Cannot go on with the stored change: ${refused}`);
    failCase(draft, subject, error, assessment.engine.clock);
    return;
  }
  if (isAt(judgement.observation.resource, stepOf(subject).before)) {
    resumeUnmade(matter, subject);
    return;
  }
  const reason = 'the resource is neither as it was when the change was planned nor as the change makes it';
  draft.move(subject, 'change-withdrawn', { reason, requestIds: [...subject.data.requestIds] });
  settleDrift(matter, subject);
}

/** The resource is as it was: the change is made, or taken back if it would no longer be decided. */
function resumeUnmade(matter: Matter, subject: Case): void {
  const { assessment, draft, todo, judgement } = matter;
  const { change, approval } = subject.data;
  const plan = judgement.plan();
  const isPlanned = plan.kind === 'change' && isDeepStrictEqual(asJson(change), asJson(plan.change));
  if (isPlanned && isStillDecided(matter, subject)) {
    todo.execute.push(subject);
    return;
  }
  if (approval !== undefined && hasUnverified(assessment, subject)) {
    // The approval may still be valid: the key that verifies it is not available now.
    lookAgainForSignatures(matter);
    return;
  }
  // No part of the change was made, and by now it would not be started: an exemption, a freeze or another mode came
  // in between.
  draft.move(subject, 'change-withdrawn', { reason: 'the change would not be decided any more' });
  settleDrift(matter, subject);
}

/** Our write was accepted and the drift exists: the write may take a while, or somebody opened the drift again. */
export function awaitVerification(matter: Matter, subject: Case): void {
  const { assessment, draft, judgement } = matter;
  const { appliedAt, resource } = subject.data;
  const age = assessment.lookedAt.getTime() - Date.parse(appliedAt ?? '');
  const wasReopened = isNewsSince(assessment.notes, resource, appliedAt);
  if (!wasReopened && age < verifyWithinMs) {
    wakeBy(matter, new Date(assessment.lookedAt.getTime() + verifyWithinMs / 4));
    return;
  }
  if (wasReopened) {
    beginRound(matter, subject);
    return;
  }
  const message = 'Cannot verify the change: Azure accepted it and the resource is not in sync';
  failCase(draft, subject, new RemediationError('not-converged', message), assessment.engine.clock);
  const { refusals = 1 } = subject.data;
  // People who re-open drifts must not be able to stop the repair of everybody else's drifts: only our own failures
  // count, and a write through the data plane looks like one.
  if (judgement.remediator.meta.dataPlane === true) {
    return;
  }
  draft.strike(subject, 'not-converged', `${subject.caseId} ${refusals}`);
}

/** Somebody opened the drift again before the closing could be verified: that is one more round, and no failure of ours. */
function beginRound(matter: Matter, subject: Case): void {
  const { assessment, draft } = matter;
  const { appliedAt, opener, refusals, firstSeenDrifted } = subject.data;
  const rounds = withClosing(subject.data, actorsOf(opener), appliedAt ?? firstSeenDrifted);
  const message = 'Cannot verify the change: somebody wrote to the resource after it';
  failCase(draft, subject, new RemediationError('not-converged', message), assessment.engine.clock);
  subject.data = { ...subject.data, refusals, rounds };
  settleDrift(matter, subject);
}
