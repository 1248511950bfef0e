import type { RemediationError } from '../errors.ts';
import type { Finding, Observation } from './observation.ts';
import type { Remediator } from './remediator.ts';

/** One remediator's finding about one resource. */
export interface Judgement {
  readonly remediator: Remediator;
  /** Id of the resource as Azure spells it. */
  readonly resource: string;
  readonly observation: Observation;
  readonly finding: Finding;
}

/** A resource whose body a remediator could not read. */
export interface Unreadable {
  readonly resource: string;
  readonly error: RemediationError;
}
