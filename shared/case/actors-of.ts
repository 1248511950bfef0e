import type { Opener } from './case-data.ts';
import type { JsonObject } from '../contract/json.ts';

/** Everybody who may have opened a drift, as far as they are known. */
export function actorsOf(opener: Opener): readonly JsonObject[] {
  switch (opener.grade) {
    case 'proven':
      return [opener.actor];
    case 'candidates':
      return opener.actors;
    case 'unknown':
      return [];
  }
}

/** The principal behind an actor: its object id, else its client id or name. */
export function principalOf({ objectId, appId, name }: JsonObject): string | undefined {
  const id = [objectId, appId, name].find((each) => typeof each === 'string' && each !== '');
  return typeof id === 'string' ? id.toLowerCase() : undefined;
}
