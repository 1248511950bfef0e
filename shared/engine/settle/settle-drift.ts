import type { Case } from '../../case/draft.ts';
import { circumstancesNow } from '../decide/circumstances-now.ts';
import { decide } from '../decide/decide.ts';
import { mayBeLeftOpen, voidDecisions } from '../people/void-decisions.ts';
import { draftTreatment, leaveAlone } from './draft-treatment.ts';
import { awaitSignatures, lookAgainForSignatures, type Matter } from './matter.ts';

/** Decides, and drafts the treatment if it differs from the earlier one. */
export function settleDrift(matter: Matter, subject: Case): void {
  const { assessment, judgement } = matter;
  voidDecisions(matter, subject, judgement);
  awaitSignatures(matter, subject);
  const treatment = decide(circumstancesNow(assessment, judgement, subject));
  if (treatment.kind === 'change' && mayBeLeftOpen(assessment, subject)) {
    // A wrong change is worse than a late one: the decision waits for the key.
    lookAgainForSignatures(matter);
  } else if (treatment.kind === 'ignore') {
    leaveAlone(matter, subject, treatment.rule);
  } else {
    draftTreatment(matter, subject, treatment);
  }
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

/**
 * True if a change that was started and not made would still be decided now. The change already has its place in the
 * budget.
 */
export function isStillDecided({ assessment, judgement }: Matter, subject: Case): boolean {
  const circumstances = circumstancesNow(assessment, judgement, subject);
  return decide({ ...circumstances, isOverBudget: false }).kind === 'change';
}
