import type { Case } from '../../case/draft.ts';
import type { JudgedDrift } from '../../contract/judgement.ts';
import type { Next } from '../next.ts';
import { lookAt, together } from '../next.ts';
import type { Asking } from '../people/asking.ts';
import { hasUnverified } from '../people/void-decisions.ts';

/** The work to do once the draft is committed. */
export interface ToDo {
  /** Cases in `changing` whose step has to be carried out. */
  readonly execute: Case[];
  /** The further sequel of the pass. */
  next: Next;
}

/**
 * The parts with which a look is settled: the assessment, the draft of its consequences, and the work that it leaves.
 */
export interface Settling extends Asking {
  readonly todo: ToDo;
}

/** One drift, with everything that is drafted and done about it. */
export interface Matter extends Settling {
  readonly judgement: JudgedDrift;
}

/** Asks for another look at that moment, or sooner. */
export function wakeBy({ todo }: Settling, moment: Date): void {
  todo.next = together(todo.next, lookAt(moment));
}

/** Pause before decisions are checked again that could not be verified. */
const verifyAgainMs = 60_000;

export function lookAgainForSignatures(settling: Settling): void {
  wakeBy(settling, new Date(settling.assessment.lookedAt.getTime() + verifyAgainMs));
}

/** Comes back for decisions of a case that cannot be verified now, if it has any. */
export function awaitSignatures(settling: Settling, subject: Case): void {
  if (hasUnverified(settling.assessment, subject)) {
    lookAgainForSignatures(settling);
  }
}
