import type { Principal } from '../identity/principals.ts';
import { authorizationFailed } from './arm-error.ts';
import { clientNameOf } from './authenticate.ts';
import type { RoleBook } from './roles.ts';

/** Evidence of the right to do something at a scope, as events carry it. @throws ArmError 403 that names what is missing */
export function requireRight(
  roles: RoleBook,
  principal: Principal,
  action: string,
  scope: string,
): Readonly<Record<string, string>> {
  const evidence = roles.evidenceFor(principal.objectId, action, scope);
  if (evidence === undefined) {
    throw authorizationFailed(clientNameOf(principal), principal.objectId, action, scope);
  }
  return evidence;
}
