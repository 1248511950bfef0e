import type { RefusalWords, Refused } from '../refusal.ts';
import { refusalWords } from '../refusal.ts';
import type { Case } from './draft.ts';
import { restOver } from './rests.ts';

/** The thing, named by Azure, that stands in the way of a case's change, in words for people. */
export interface Obstacle extends RefusalWords {
  /** When Leakstop looks again even if nothing happens. */
  readonly until: Date | undefined;
}

/** The obstacle of an open case, or undefined where none is known. */
export function obstacleOf({ state, data }: Pick<Case, 'state' | 'data'>): Obstacle | undefined {
  const { hold } = data;
  const refused = refusedIn({ state, data });
  const words = refused === undefined ? undefined : refusalWords(refused);
  if (words === undefined) {
    return undefined;
  }
  const until =
    state === 'held' && hold?.until !== undefined ? new Date(hold.until) : restOver({ state, data });
  // A row may hold a text that is no time. Then nobody knows when.
  return { ...words, until: Number.isNaN(until?.getTime()) ? undefined : until };
}

function refusedIn({ state, data }: Pick<Case, 'state' | 'data'>): Refused | undefined {
  if (state === 'held') {
    return refusedOf(data.hold);
  }
  return state === 'failed' ? data.failure : undefined;
}

function refusedOf(hold: Case['data']['hold']): Refused | undefined {
  return hold?.reason === 'locked' && hold.refusal === undefined
    ? { refusal: { by: 'lock', scopes: [] } }
    : hold;
}
