import type { Draft } from '../../case/draft.ts';
import type { Assessment } from '../decide/assessment.ts';

/** The parts with which questions to people, and their decisions, are drafted. */
export interface Asking {
  readonly assessment: Assessment;
  readonly draft: Draft;
}
