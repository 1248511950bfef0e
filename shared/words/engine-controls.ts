import type { RemediatorMeta } from '../contract/remediator.ts';
import {
  automationVerified,
  resourceObservable,
  serviceIdentityAccountedFor,
} from '../contract/engine-controls.ts';

/** What people are told of a control of the engine. */
export interface EngineControl extends Pick<RemediatorMeta, 'id' | 'title' | 'drift' | 'rationale'> {
  /** Why nobody decides about its cases, and what ends them; as a sentence goes on. */
  readonly ends: string;
}

/** The controls of the engine, for whoever shows a case. */
export const engineControls: readonly EngineControl[] = [
  {
    id: resourceObservable,
    title: 'Leakstop can read the resource and judge it',
    drift: 'cannot be read, or not be judged',
    rationale:
      'Until it can, nobody knows whether the resource leaks. The case names what is missing, and closes with the first look that succeeds.',
    ends: 'it tells of the service itself: that is mended, not permitted',
  },
  {
    id: serviceIdentityAccountedFor,
    title: 'Every write by Leakstop’s identity has an intent in the ledger',
    drift: 'was written by Leakstop’s identity without an intent in the ledger',
    rationale:
      'A write that no intent explains means that somebody else uses the identity of Leakstop, which may change every guarded resource.',
    ends: 'it tells of the service itself: that is mended, not permitted',
  },
  {
    id: automationVerified,
    title: 'What is changed by itself is in sync afterwards',
    drift: 'has changes that did not hold, or that people took back',
    rationale:
      'It counts, for one control and in all subscriptions, changes that did not hold or that people took back. Too many within the time that the policy sets stop what Leakstop changes by itself for that control.',
    ends: 'it only counts changes that did not hold: it closes by itself once they have passed',
  },
];

/** The control of the engine of that id; undefined for one of the catalogue, or of another version. */
export function engineControl(id: string): EngineControl | undefined {
  return engineControls.find((control) => control.id === id);
}
