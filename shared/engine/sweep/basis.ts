import type { SweepBasis } from '../../work/sweep-run.ts';
import type { Engine } from '../engine.ts';

/** Basis of the judgements of a sweep: every control of the catalogue, and the policy that may turn some of them off. */
export function basisOf({ remediators, policy }: Pick<Engine, 'remediators' | 'policy'>): SweepBasis {
  const controls = remediators.map(({ meta }) => meta.id).sort();
  return { controls, policy: policy.name, hasOff: policy.hasOff };
}
