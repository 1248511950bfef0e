import type { CloseReason } from '../ledger/format/states.ts';

/** The end of a case, for people: "Closed: fixed by Leakstop". */
export const closeWords: Readonly<Record<CloseReason, string>> = {
  fixed: 'fixed by Leakstop',
  gone: 'the resource is gone',
  // Nobody knows who ended the drift: a person, Azure, or a failure that no longer counts.
  'fixed-by-others': 'over without a change by Leakstop',
  exempt: 'the drift is permitted',
  undone: 'the change was taken back',
};
