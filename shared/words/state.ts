import type { CaseState } from '../ledger/format/states.ts';

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
