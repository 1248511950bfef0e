import { isDeepStrictEqual } from 'node:util';
import { isAt } from '../../contract/condition.ts';
import { RemediationError } from '../../errors.ts';
import { caseKey } from '../../ledger/format/keys.ts';
import type { HoldReason } from '../../ledger/format/states.ts';
import { isSameResource } from '../../resource-id.ts';
import { hasUnverified } from '../people/ask.ts';
import type { Assessment, ToDo } from '../decide/assessment.ts';
import { isEventOn, lookAskedSince, wakeBy } from '../decide/assessment.ts';
import { verifyWithinMs } from '../../case/rests.ts';
import type { Case, Draft } from '../../case/draft.ts';
import { escalate, escalateWhenDue } from '../people/escalate.ts';
import type { Judgement } from '../../contract/judgement.ts';
import { nextStep } from '../act/merge.ts';
import { restOver, restWithNews } from '../../case/rests.ts';
import { planFor, refusedBecause } from '../../case/one-step.ts';
import { openCase } from './open-case.ts';
import { closeCase, failCase } from './close-case.ts';
import type { Matter } from './settle-drift.ts';
import { isNewlyDecided, isStillDecided, settleDrift, verifyAgainMs } from './settle-drift.ts';
import { assessUndo } from './settle-undo.ts';
import type { JsonObject } from '../../contract/json.ts';
import { asJson } from '../../contract/json.ts';
import { isAsKnown, noteDifferences } from '../../case/differences.ts';

/** Drafts what one judgement means for its case. */
export function assess(assessment: Assessment, draft: Draft, todo: ToDo, judgement: Judgement): void {
  const { finding, resource, remediator } = judgement;
  const known = assessment.cases.get(caseKey(assessment.root, resource, remediator.meta.id));
  if (known?.data.undo !== undefined) {
    if (known.state !== 'closed') {
      assessUndo(assessment, draft, todo, known, judgement.observation.resource);
    }
    return;
  }
  switch (finding.kind) {
    case 'in-sync':
      if (known !== undefined) {
        closeCase(
          draft,
          known,
          'in-sync',
          { observedAt: assessment.lookedAt.toISOString() },
          assessment.engine.clock,
        );
      }
      return;
    case 'not-applicable':
      if (known !== undefined) {
        closeCase(draft, known, 'in-sync', { notApplicable: finding.reason }, assessment.engine.clock);
      }
      return;
    case 'unknown':
    case 'needs-root':
      return;
    case 'drifted':
      assessDrift({ assessment, draft, todo, judgement, drift: finding }, known);
  }
}

function assessDrift(matter: Matter, known: Case | undefined): void {
  const { assessment, draft, todo, judgement, drift } = matter;
  const subject = known ?? openCase(assessment, draft, judgement, drift);
  if (subject === undefined) {
    return;
  }
  if (known === undefined) {
    todo.isRootNews ||= isSameResource(subject.data.resource, assessment.root);
  } else {
    noteWriters(matter, subject);
    noteDifferences(draft, subject, judgement, drift);
  }
  assessState(matter, subject);
  escalateWhenDue(assessment, draft, subject, judgement);
}

/**
 * Whoever wrote in the time in which the drift opened, or made it another one, may have caused it, also when their event comes
 * late: they decide nothing about it. One without an id cannot be known again, so that nobody is proven any more.
 */
function noteWriters({ assessment, draft, judgement, drift }: Matter, subject: Case): void {
  const isOther = !isAsKnown(subject, judgement, drift);
  const { resource, opener, firstSeenDrifted, lastSeenInSync = '' } = subject.data;
  const known =
    opener.grade === 'proven' ? [opener.actor] : opener.grade === 'candidates' ? opener.actors : [];
  const names = new Set(known.map((actor) => nameOf(actor)));
  const writers = assessment.notes
    .filter((note) => isEventOn(note, resource) && note.time > lastSeenInSync)
    .filter((note) => isOther || note.time <= firstSeenDrifted)
    .flatMap(({ actor }) => (actor === undefined ? [] : [{ ...actor }]))
    .filter((actor) => !names.has(nameOf(actor)));
  if (writers.length > 0) {
    const actors = [...known, ...new Map(writers.map((actor) => [nameOf(actor), actor])).values()];
    const found = { grade: 'candidates', actors: actors.slice(-mostCandidates) } as const;
    draft.move(subject, 'case-observed', { opener: found }, { opener: found });
  }
}

/** More people than that are not kept apart any more; leaving it open takes two in any case. */
const mostCandidates = 50;

function nameOf({ objectId, appId, name }: JsonObject): string {
  return JSON.stringify([objectId ?? null, objectId === undefined ? [appId ?? null, name ?? null] : null]);
}

function assessState(matter: Matter, subject: Case): void {
  switch (subject.state) {
    case 'changing':
      resume(matter, subject);
      return;
    case 'verifying':
      awaitVerification(matter, subject);
      return;
    case 'failed':
      tryAgain(matter, subject);
      return;
    case 'held':
      reconsiderHold(matter, subject);
      return;
    case 'open':
    case 'awaiting-decision':
      settleDrift(matter, subject);
      return;
    case 'waiting':
    case 'stuck':
    case 'closed':
    case 'none':
  }
}

const longestRestMs = 60 * 60_000;

/** How long a change that was refused so often rests before news makes us try it again, in milliseconds. */
function restAfter(refusals: number): number {
  return refusals <= 2 ? 0 : Math.min(60_000 * 2 ** (refusals - 2), longestRestMs);
}

/**
 * What Azure refused is tried again when somebody wrote to the resource since, with longer and longer rests: whoever
 * keeps writing to one refused resource must not use up the subscription's budget of changes. Without news it is tried
 * again when the case is due (a role assignment or a policy may have changed, of which no event tells), or when somebody
 * asks for a look.
 */
function tryAgain(matter: Matter, subject: Case): void {
  const { assessment, todo } = matter;
  const { failure, refusals = 1 } = subject.data;
  if (failure === undefined) {
    return;
  }
  if (isNewlyDecided(matter, subject, failure.at)) {
    settleDrift(matter, subject);
    return;
  }
  const isNews = isNewsSince(assessment, subject, failure.at);
  if (failure.code === 'not-converged' && (!isNews || refusals >= mostLostVerifications)) {
    // Azure took the write and did nothing, or somebody is faster than we: it is looked at again, which closes it should
    // that change, and not repeated.
    return;
  }
  if (lookAskedSince(assessment, failure.at)?.askedBy !== undefined) {
    settleDrift(matter, subject);
    return;
  }
  const due = isNews ? new Date(Date.parse(failure.at) + restAfter(refusals)) : restOver(subject);
  if (due !== undefined && due > assessment.lookedAt) {
    wakeBy(todo, due);
  } else {
    settleDrift(matter, subject);
  }
}

/** What is tried again when its rest is over, and not before without a reason. */
const restingHolds: readonly HoldReason[] = ['locked', 'deny-assignment'];

/**
 * Locks come off by themselves or with news; every other hold stands until the decision is another one. Who may write to the
 * resource, or to locks above it, makes news as often as they like: only a person who asks is always heard at once.
 */
function reconsiderHold(matter: Matter, subject: Case): void {
  const { assessment } = matter;
  const { hold } = subject.data;
  if (hold === undefined || !isResting(hold, assessment.lookedAt)) {
    settleDrift(matter, subject);
    return;
  }
  const look = lookAskedSince(assessment, hold.at);
  if (look?.askedBy !== undefined || isNewlyDecided(matter, subject, hold.at)) {
    settleDrift(matter, subject);
  } else if (look !== undefined || isNewsSince(assessment, subject, hold.at)) {
    hearNews(matter, subject, hold);
  }
}

type Held = NonNullable<Case['data']['hold']>;

function isResting({ reason, until }: Held, now: Date): boolean {
  return restingHolds.includes(reason) && new Date(until ?? 0) > now;
}

/** Tries it now, or as soon as news may have it tried again: it is not lost, though nothing tells of it any more by then. */
function hearNews(matter: Matter, subject: Case, hold: Held): void {
  const { assessment, draft } = matter;
  const due = new Date(Date.parse(hold.at) + restWithNews(hold.hurried ?? 0));
  if (due <= assessment.lookedAt) {
    settleDrift(matter, subject);
  } else if (due < new Date(hold.until ?? 0)) {
    const until = due.toISOString();
    draft.move(subject, 'case-observed', { reason: hold.reason, until }, { hold: { ...hold, until } });
  }
}

/**
 * So often may a change of one case not be verified, because somebody writes faster than we look or Azure does not do
 * as it says. Then it is left, failed and escalated, until it is in sync or a person decides.
 */
const mostLostVerifications = 5;

/**
 * Goes on with a change that was stored before: after a crash, or an answer that never came. Where the resource is neither
 * as it was nor as the change makes it, somebody wrote meanwhile: a change of one step may be repeated, and is planned anew.
 */
function resume(matter: Matter, subject: Case): void {
  const { assessment, draft, todo, judgement } = matter;
  const { change } = subject.data;
  const refused = change === undefined ? undefined : refusedBecause(change, judgement.resource);
  if (refused !== undefined) {
    const error = new RemediationError('not-supported', `Cannot go on with the stored change: ${refused}`);
    failCase(draft, subject, error, assessment.engine.clock);
    return;
  }
  if (isAt(judgement.observation.resource, nextStep(subject).before)) {
    const plan = planFor(judgement.remediator, judgement.observation, matter.drift);
    const isPlanned = plan.kind === 'change' && isDeepStrictEqual(asJson(change), asJson(plan.change));
    if (isPlanned && isStillDecided(matter, subject)) {
      todo.execute.push(subject);
      return;
    }
    if (subject.data.approval !== undefined && hasUnverified(assessment, subject)) {
      // Nobody says that it is not approved any more: the key cannot be had now.
      wakeBy(todo, new Date(assessment.lookedAt.getTime() + verifyAgainMs));
      return;
    }
    // Nothing of it was done, and by now it would not be begun: an exemption, a freeze or another mode came in between.
    draft.move(subject, 'change-withdrawn', { reason: 'the change would not be decided any more' });
    settleDrift(matter, subject);
    return;
  }
  const reason = 'the resource is neither as it was when the change was planned nor as the change makes it';
  draft.move(subject, 'change-withdrawn', { reason, requestIds: [...subject.data.requestIds] });
  settleDrift(matter, subject);
}

/** Our write was accepted and the drift is there: it may take a while, or somebody opened it again. */
function awaitVerification(matter: Matter, subject: Case): void {
  const { assessment, draft, todo } = matter;
  const { appliedAt } = subject.data;
  const age = assessment.lookedAt.getTime() - Date.parse(appliedAt ?? '');
  const wasReopened = isNewsSince(assessment, subject, appliedAt);
  if (!wasReopened && age < verifyWithinMs) {
    wakeBy(todo, new Date(assessment.lookedAt.getTime() + verifyWithinMs / 4));
    return;
  }
  const message = wasReopened
    ? 'Cannot verify the change: somebody wrote to the resource after it'
    : 'Cannot verify the change: Azure accepted it and the resource is not in sync';
  failCase(draft, subject, new RemediationError('not-converged', message), assessment.engine.clock);
  const { refusals = 1 } = subject.data;
  if (refusals >= mostLostVerifications) {
    escalate(draft, subject, { reason: 'not-verifiable', attempts: refusals });
  }
  if (wasReopened && refusals < mostLostVerifications) {
    settleDrift(matter, subject);
  } else if (!wasReopened) {
    // Whoever re-opens drifts must not be able to stop the repair of everybody else's: that is no failure of ours.
    draft.strike(subject, 'not-converged', `${subject.caseId} ${refusals}`);
  }
}

/** Whether somebody wrote to the resource of a case after that moment. */
function isNewsSince({ notes }: Assessment, { data }: Case, moment: string | undefined): boolean {
  return notes.some((note) => isEventOn(note, data.resource) && (moment === undefined || note.time > moment));
}
