import type { Note } from '../../work/work.ts';
import type { Allowance, Reserve } from '../allowance.ts';
import type { Baseline } from '../../case/baseline.ts';
import type { Case } from '../../case/draft.ts';
import type { Engine } from '../engine.ts';
import type { Facts } from './facts.ts';
import type { LastSweep } from './last-sweep.ts';

/** Everything against which a look is judged. */
export interface Assessment {
  readonly engine: Engine;
  readonly root: string;
  readonly cases: ReadonlyMap<string, Case>;
  /** Notes of the row that are not echoes of our own writes. */
  readonly notes: readonly Note[];
  /** The same, with those that came to the row since. Only asked for where a drift is over. */
  readonly told: readonly Note[];
  readonly baseline: Baseline | undefined;
  /** The last whole sweep that read the root; asked for only where a drift is new and no event tells of it. */
  readonly swept: LastSweep | undefined;
  /** When each resource was last observed before this look, by lower-case id. */
  readonly observed: Readonly<Record<string, string>>;
  /** True if notes gave way to newer ones, so that some write is unknown. */
  readonly hasLostNotes: boolean;
  readonly lookedAt: Date;
  /** The rest of the hour's budgets; used up as changes are decided. */
  readonly allowance: Allowance;
  /** The rest of the subscription's reserve of writes for severe exposure; used up likewise. */
  readonly reserve: Reserve;
  /** The facts that the guardrails need. */
  readonly facts: Facts;
}
