import type { Step } from './step.ts';

/** Carries out the steps of one kind. */
export interface StepExecutor<S extends Step = Step> {
  readonly kind: S['kind'];
  /** Actions that the write needs. */
  readonly actions: readonly string[];
  /**
   * One write that brings every given step to its `after`. The steps have the same target and disjoint paths.
   * @throws RemediationError; after `azure-unavailable` the write may have taken effect.
   */
  write(steps: readonly S[], requestId: string, until: Date): Promise<void>;
}
