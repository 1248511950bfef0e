import type { Verdict } from '../case/decision.ts';
import type { Severity } from '../contract/observation.ts';
import type { CaseState, CloseReason, HoldReason } from '../ledger/format/states.ts';

/** States of a case, for people. */
export const stateWords: Readonly<Record<CaseState, string>> = {
  open: 'Open',
  held: 'Held',
  'awaiting-decision': 'Waiting for a decision',
  changing: 'Being changed',
  waiting: 'Waiting for Azure',
  verifying: 'Being verified',
  stuck: 'Stuck',
  failed: 'Failed',
  closed: 'Closed',
};

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

export const closeWords: Readonly<Record<CloseReason, string>> = {
  fixed: 'fixed by Leakstop',
  gone: 'the resource is gone',
  'fixed-by-others': 'fixed by somebody else',
  exempt: 'exempt',
  undone: 'undone',
};

export const severityWords: Readonly<Record<Severity, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
};

/** What was decided, as a sentence goes on: "Ada approved the change". */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  approve: 'approved the change',
  deny: 'denied the change',
  exempt: 'exempted the drift',
  undo: 'had the change undone',
};

/** Says a word that may be of a later version. */
export function wordFor(words: Readonly<Record<string, string>>, name: unknown): string {
  if (typeof name !== 'string') {
    return '';
  }
  return (Object.hasOwn(words, name) ? words[name] : undefined) ?? name.replaceAll('-', ' ');
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Such as `24 Nov 2026, 19:52 UTC`. What is no time is shown as it stands. */
export function moment(time: number | string | Date): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) {
    return String(time);
  }
  const text = date.toISOString();
  return `${date.getUTCDate()} ${months[date.getUTCMonth()] ?? ''} ${text.slice(0, 4)}, ${text.slice(11, 16)} UTC`;
}
