import type { CloseReason } from '../ledger/format/states.ts';

export const closeWords: Readonly<Record<CloseReason, string>> = {
  fixed: 'fixed by Leakstop',
  gone: 'the resource is gone',
  'fixed-by-others': 'fixed by somebody else',
  exempt: 'exempt',
  undone: 'undone',
};
