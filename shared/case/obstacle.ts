import type { RefusalWords, Refused } from '../refusal.ts';
import { refusalWords } from '../refusal.ts';
import type { Case } from './draft.ts';
import { restOver } from './rests.ts';

/** What Azure named that stands in the way of a case's change, for people. */
export interface Obstacle extends RefusalWords {
  /** When it is looked at again though nothing happens. */
  readonly until: Date | undefined;
}

/** What stands in the way of an open case as it is; undefined where nothing of the kind is known. */
export function obstacleOf({ state, data }: Pick<Case, 'state' | 'data'>): Obstacle | undefined {
  const { hold, failure } = data;
  const refused = state === 'held' ? refusedOf(hold) : state === 'failed' ? failure : undefined;
  const words = refused === undefined ? undefined : refusalWords(refused);
  if (words === undefined) {
    return undefined;
  }
  const until =
    state === 'held' && hold?.until !== undefined ? new Date(hold.until) : restOver({ state, data });
  // A row may hold what is no time: then nobody knows when.
  return { ...words, until: Number.isNaN(until?.getTime()) ? undefined : until };
}

function refusedOf(hold: Case['data']['hold']): Refused | undefined {
  return hold?.reason === 'locked' && hold.refusal === undefined
    ? { refusal: { by: 'lock', scopes: [] } }
    : hold;
}
