import { type Obstruction, obstructions } from '../contract/obstruction.ts';
import type { Case } from './draft.ts';

/** The obstruction outside its resource that keeps a case open; undefined where none is known. */
export function obstructionOf({ state, data }: Pick<Case, 'state' | 'data'>): Obstruction | undefined {
  const { hold, failure } = data;
  if (state === 'held') {
    return heldBy(hold);
  }
  if (state !== 'failed' || failure === undefined) {
    return undefined;
  }
  if (failure.refusal !== undefined) {
    return refusedBy[failure.refusal.by];
  }
  return failure.code === 'access-denied' ? 'access-denied' : undefined;
}

const refusedBy = {
  lock: 'locked',
  policy: 'denied-by-policy',
  'deny-assignment': 'deny-assignment',
} as const;

function heldBy(hold: Case['data']['hold']): Obstruction | undefined {
  const found = obstructions.find((name) => name === hold?.reason);
  // An exemption of our own policy ends with that policy, and not with anything in Azure.
  return found === 'exempt' && hold?.by === undefined ? undefined : found;
}
