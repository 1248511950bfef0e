import { defined } from '../defined.ts';
import type { Members } from '../text/json-text.ts';
import { textOf } from '../text/short-text.ts';
import type { JsonObject } from './json.ts';

/**
 * The actor behind the claims of a token, as events and the Activity Log carry them. Undefined if no claim names one.
 */
export function actorOfClaims(claims: Members, principalType?: unknown): JsonObject | undefined {
  const claim = (...names: string[]): string | undefined =>
    names.map((name) => textOf(claims[name])).find((value) => value !== undefined);
  const found = {
    objectId: claim('http://schemas.microsoft.com/identity/claims/objectidentifier', 'oid'),
    appId: claim('appid', 'azp'),
    appName: claim('app_displayname'),
    name: claim('http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn', 'upn', 'name'),
  };
  const known = Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const kind = textOf(principalType);
  // A kind of principal without any name identifies nobody.
  return known.length === 0 ? undefined : { ...Object.fromEntries(known), ...defined({ kind }) };
}
