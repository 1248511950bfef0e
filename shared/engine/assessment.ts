import type { Note } from '../work/work.ts';
import type { Baseline } from './baseline.ts';
import type { Case } from './draft.ts';
import type { Engine } from './engine.ts';

/** What a look is judged against. */
export interface Assessment {
  readonly engine: Engine;
  readonly root: string;
  readonly cases: ReadonlyMap<string, Case>;
  /** Notes of the row that are not echoes of our own writes. */
  readonly notes: readonly Note[];
  readonly baseline: Baseline | undefined;
  /** When the root was last observed before this look. */
  readonly observedAt: string | undefined;
  readonly lookedAt: Date;
  readonly isOverBudget: boolean;
}

/** What has to be done once the draft is committed. */
export interface ToDo {
  /** Cases in `changing` whose next step has to be carried out. */
  readonly execute: Case[];
  /** Whether something has to be verified later. */
  verifyLater: boolean;
}

/** A write is verified again for so long before it counts as not converged, in milliseconds. */
export const verifyWithinMs = 60_000;
