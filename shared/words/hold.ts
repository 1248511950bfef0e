import type { HoldReason } from '../ledger/format/states.ts';

/** Why an open case is left as it is, for people. */
export const holdWords: Readonly<Record<HoldReason, string>> = {
  observe: 'the policy only observes this control here',
  exempt: 'the drift is permitted for a time',
  budget: 'the hour’s budget of changes was used up',
  'kill-switch': 'the kill switch stops changes',
  'tug-of-war': 'something re-opens what is closed',
  locked: 'a lock on the resource, or above it, stops the change',
  'deny-assignment': 'a deny assignment on the resource, or above it, stops the change',
  unattributed: 'Leakstop’s own identity wrote without an intent in the ledger',
  unwitnessed: 'the drift stood open before Leakstop watched',
  'not-offered': 'no change is offered: a person has to act',
  managed: 'another resource manages this one and would write it back',
  frozen: 'a freeze of the policy forbids changes for a time',
  'outside-window': 'the policy allows changes in certain hours only',
  breaker: 'too many changes of this control failed',
  denied: 'a person decided to leave it open for a time',
};
