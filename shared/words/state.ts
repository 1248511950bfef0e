import type { CaseState } from '../ledger/format/states.ts';
import { closeWords } from './close.ts';
import { holdWords } from './hold.ts';
import { wordFor } from './known-word.ts';

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

/** The facts that explain a state, as rows and answers of the API have them. */
interface StatedCase {
  readonly state: CaseState;
  readonly hold?: { readonly reason: string } | undefined;
  readonly failure?: { readonly code: string } | undefined;
  readonly closed?: string | undefined;
}

/** The state of a case and its reason: "Held: the kill switch stops changes". */
export function stateText({ state, hold, failure, closed }: StatedCase): string {
  const why: Partial<Record<CaseState, string>> = {
    held: wordFor(holdWords, hold?.reason),
    failed: wordFor({}, failure?.code),
    closed: wordFor(closeWords, closed),
  };
  const reason = why[state] ?? '';
  return reason === '' ? stateWords[state] : `${stateWords[state]}: ${reason}`;
}
