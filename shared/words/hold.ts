import type { HoldReason } from '../ledger/format/states.ts';
import { wordFor } from './known-word.ts';

/** Reasons for leaving an open case as it is, for people. */
export const holdWords: Readonly<Record<HoldReason, string>> = {
  observe: 'the policy only observes this control here',
  exempt: 'the drift is permitted for a time',
  budget: 'the hour’s budget of changes was used up',
  'kill-switch': 'the kill switch stops changes',
  'tug-of-war': 'something opens it again and again',
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

const askWords: Readonly<Record<string, string>> = {
  ...holdWords,
  unwitnessed: 'nobody saw it being opened: it may have stood open for long, and something may rely on it',
  'left-open': 'people left it open, and that no longer holds',
  undo: 'somebody asked to take back a change',
};

/**
 * The reason for asking people, if it is not the policy alone. A reason that is no word of ours is already a sentence.
 */
export function askText(because: string): string {
  return wordFor(askWords, because);
}
