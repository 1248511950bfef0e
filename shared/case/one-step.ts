import { asKept } from '../ledger/as-kept.ts';
import { isSameResource } from '../resource-id.ts';
import type { Change, Plan } from '../contract/change.ts';
import type { Drift, Observation } from '../contract/observation.ts';
import type { Remediator } from '../contract/remediator.ts';
import type { Step } from '../contract/step.ts';
import { RemediationError } from '../errors.ts';
import type { Case } from './draft.ts';

/**
 * The engine carries out one step, on the resource that was judged. It reads that resource before and after the write
 * and nothing else, so it could neither report nor take back any other change.
 */

/** Longest step that is kept, as JSON in UTF-16 units: Azure's answer for a property is part of it. */
const longestStep = 32_000;

/** The reason to refuse a change, as the end of a sentence, or undefined if the engine can carry it out. Pure. */
export function refusedBecause({ steps }: Change, resource: string): string | undefined {
  const [step] = steps;
  if (step === undefined || steps.length !== 1) {
    return `the change has ${steps.length} steps, and Leakstop carries out changes of one step only`;
  }
  if (!isSameResource(step.target, resource)) {
    return 'the change writes to another resource than the one that was judged, which Leakstop does not do';
  }
  if (JSON.stringify(step).length > longestStep) {
    return 'the change holds a value that is longer than Leakstop keeps';
  }
  // The row is what gets carried out, resumed and taken back, so it must hold exactly the planned step.
  return asKept(step) === step
    ? undefined
    : 'the change holds a value that looks like a secret, or half a character, which Leakstop does not keep';
}

/** The one step of a case's stored change. @throws RemediationError for a change that is refused */
export function stepOf({ caseId, data: { change, resource } }: Pick<Case, 'caseId' | 'data'>): Step {
  const reason = change === undefined ? 'it has no change' : refusedBecause(change, resource);
  const step = change?.steps[0];
  if (step === undefined || reason !== undefined) {
    throw new RemediationError('internal-error', `Cannot go on with the case "${caseId}": ${reason}`);
  }
  return step;
}

/**
 * Asks a remediator for its plan. A change that the engine does not carry out is not offered, and the plan says why.
 */
export function planFor({ plan }: Pick<Remediator, 'plan'>, observation: Observation, drift: Drift): Plan {
  const planned = plan(observation, drift);
  const reason =
    planned.kind === 'change' ? refusedBecause(planned.change, observation.resource.id) : undefined;
  return reason === undefined ? planned : { kind: 'not-offered', reason, guidance };
}

const guidance =
  'Close it by hand, and tell whoever maintains the control that Leakstop refuses the change that it plans.';
