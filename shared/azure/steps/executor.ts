import { isDeepStrictEqual } from 'node:util';
import type { ArmResource, Conditions, Step } from '../../engine/remediator.ts';
import { propertyAt } from '../../engine/remediator.ts';

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

/** Whether a resource meets every condition. */
export function isAt(resource: ArmResource, conditions: Conditions): boolean {
  return Object.entries(conditions).every(([path, condition]) => {
    const property = propertyAt(resource, path);
    return 'absent' in condition
      ? property.kind === 'absent'
      : property.kind === 'value' && isDeepStrictEqual(property.value, condition.is);
  });
}

/** The values that the steps write, by path without the leading `properties.`. */
export function valuesAfter(steps: readonly { readonly after: Conditions }[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [path, condition] of steps.flatMap((step) => Object.entries(step.after))) {
    if ('absent' in condition) {
      throw new TypeError(`Cannot write "${path}": a PATCH cannot make a property absent`);
    }
    values[path.replace(/^properties\./, '')] = condition.is;
  }
  return values;
}
