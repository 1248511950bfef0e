import { armTypes } from '../contract/arm-types.ts';
import type { Mode, Remediator } from '../contract/remediator.ts';

/** The facts about a control that a policy needs. */
export interface ControlFacts {
  readonly id: string;
  /** ARM type of the judged resource. */
  readonly type: string;
  readonly defaultMode: Mode;
  readonly isReversible: boolean;
}

export function controlFacts(catalogue: readonly Remediator[]): readonly ControlFacts[] {
  return catalogue.map(({ meta }) => ({
    id: meta.id,
    type: armTypes[meta.part],
    defaultMode: meta.defaultMode,
    isReversible: meta.reversible,
  }));
}
