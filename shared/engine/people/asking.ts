import type { Draft } from '../../case/draft.ts';
import type { Assessment } from '../decide/assessment.ts';

/** What questions to people, and their decisions, are drafted with. */
export interface Asking {
  readonly assessment: Assessment;
  readonly draft: Draft;
}
