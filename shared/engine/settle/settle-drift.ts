import type { Case } from '../../case/draft.ts';
import { isSevere } from '../../case/write-reserve.ts';
import type { Circumstances } from '../decide/circumstances.ts';
import { circumstancesNow } from '../decide/circumstances-now.ts';
import { decide } from '../decide/decide.ts';
import type { Treatment } from '../decide/treatment.ts';
import { mayBeLeftOpen, voidDecisions } from '../people/void-decisions.ts';
import { draftTreatment, leaveAlone } from './draft-treatment.ts';
import { tellOfWar } from '../people/tell-of-war.ts';
import { awaitSignatures, lookAgainForSignatures, type Matter } from './matter.ts';

/** Decides, and drafts the treatment if it differs from the earlier one. */
export function settleDrift(matter: Matter, subject: Case): void {
  const { assessment, judgement } = matter;
  voidDecisions(matter, subject, judgement);
  awaitSignatures(matter, subject);
  const circumstances = circumstancesNow(assessment, judgement, subject);
  const treatment = decide(circumstances);
  if (treatment.kind === 'change' && mayBeLeftOpen(assessment, subject)) {
    // A wrong change is worse than a late one: the decision waits for the key.
    lookAgainForSignatures(matter);
  } else if (treatment.kind === 'ignore') {
    leaveAlone(matter, subject, treatment.rule);
  } else {
    if (isFoughtOver(circumstances, treatment)) {
      tellOfWar(matter, subject, circumstances.tugOfWar);
    }
    draftTreatment(matter, subject, treatment);
  }
}

/** True for severe exposure that somebody opens again and again, and that is closed each time. */
function isFoughtOver({ tugOfWar, subject }: Circumstances, treatment: Treatment): boolean {
  const goesOn =
    (treatment.kind === 'change' && treatment.approval === undefined) ||
    (treatment.kind === 'hold' && (treatment.reason === 'tug-of-war' || treatment.reason === 'budget'));
  return tugOfWar !== undefined && isSevere(subject.severity) && goesOn;
}

/**
 * True if enough people decided since a moment about a case that rests. Decisions that do not count are voided here
 * too.
 */
export function isNewlyDecided(matter: Matter, subject: Case, since: string): boolean {
  const { assessment, judgement } = matter;
  if ((subject.data.decisions ?? []).length === 0) {
    return false;
  }
  voidDecisions(matter, subject, judgement);
  awaitSignatures(matter, subject);
  const { outcome } = circumstancesNow(assessment, judgement, subject);
  return outcome.kind === 'decided' && outcome.decisions.some(({ at }) => at > since);
}

/** The tug-of-war that stops a change which was started. A pause between two closings stops none. */
function stoppingWar({ tugOfWar, subject }: Circumstances): Circumstances['tugOfWar'] {
  return isSevere(subject.severity) ? undefined : tugOfWar;
}

/**
 * True if a change that was started and not made would still be decided now. The change already has its place in the
 * budget.
 */
export function isStillDecided({ assessment, judgement }: Matter, subject: Case): boolean {
  const circumstances = circumstancesNow(assessment, judgement, subject);
  return (
    decide({ ...circumstances, isOverBudget: false, tugOfWar: stoppingWar(circumstances) }).kind === 'change'
  );
}
