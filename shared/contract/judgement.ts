import type { RemediationError } from '../errors.ts';
import type { Plan } from './change.ts';
import type { Drift, Finding, Observation } from './observation.ts';
import type { Remediator } from './remediator.ts';

/** One remediator's finding about one resource. */
export type Judgement = JudgedDrift | Judged<Exclude<Finding, Drift>>;

interface Judged<Found extends Finding> {
  readonly remediator: Remediator;
  /** Id of the resource as Azure spells it. */
  readonly resource: string;
  readonly observation: Observation;
  readonly finding: Found;
}

/** A judgement that found a drift. */
export interface JudgedDrift extends Judged<Drift> {
  /** The plan for the drift. The remediator is asked once, however often this is. */
  readonly plan: () => Plan;
}

export function isDrift(judgement: Judgement): judgement is JudgedDrift {
  return judgement.finding.kind === 'drifted';
}

/** A resource whose body a remediator could not read. */
export interface Unreadable {
  readonly resource: string;
  readonly error: RemediationError;
}
