import type { Step } from './step.ts';

/** Writes the steps of one kind to Azure. */
export interface StepExecutor<S extends Step = Step> {
  readonly kind: S['kind'];
  /**
   * Brings every given step to its `after` in one write. All steps have the same target and disjoint paths. Gives up
   * at `until`.
   * @throws RemediationError; after `azure-unavailable` the write may have taken effect.
   */
  write(steps: readonly S[], requestId: string, until: Date): Promise<void>;
}
