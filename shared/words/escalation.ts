import type { EscalationReason } from '../case/case-data.ts';

/** Reasons for telling people that nobody has dealt with a case. */
export const escalationWords: Readonly<Record<EscalationReason, string>> = {
  'past-due': 'nobody dealt with it in time',
  'tug-of-war': 'something opens it again and again',
  'not-verifiable': 'it changes faster than it can be verified',
  unanswered: 'nobody answered in time',
};
