import type { TokenIssuer } from '../identity/tokens.ts';
import { VaultError } from './vault-error.ts';

/** The audience of Key Vault in the public cloud. */
export const vaultAudience = 'https://vault.azure.net';

/** Data actions on keys, as role definitions name them behind `Microsoft.KeyVault/vaults/`. */
export type KeyAction =
  | 'keys/read'
  | 'keys/create/action'
  | 'keys/update/action'
  | 'keys/sign/action'
  | 'keys/wrap/action'
  | 'keys/unwrap/action'
  | 'keys/delete'
  | 'keys/export/action';

/** The data actions that principals hold, on one key or on all. */
export class KeyGrants {
  readonly #held = new Map<string, Set<string>>();

  /** On every key where none is named. */
  grant(objectId: string, actions: readonly KeyAction[], keyName = '*'): void {
    const id = objectId.toLowerCase();
    const held = this.#held.get(id) ?? new Set();
    actions.forEach((action) => held.add(`${keyName.toLowerCase()} ${action}`));
    this.#held.set(id, held);
  }

  revoke(objectId: string): void {
    this.#held.delete(objectId.toLowerCase());
  }

  allows(objectId: string, action: KeyAction, keyName: string): boolean {
    const held = this.#held.get(objectId.toLowerCase());
    return ['*', keyName.toLowerCase()].some((name) => held?.has(`${name} ${action}`) === true);
  }
}

/**
 * Checks the bearer token of a call and the right to it.
 * @throws VaultError 401 with the challenge that clients learn the audience from, or 403
 */
export async function authorize(
  authorization: string | undefined,
  action: KeyAction,
  { issuer, grants, keyName }: { issuer: TokenIssuer; grants: KeyGrants; keyName: string },
): Promise<void> {
  const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
  const challenge = `Bearer authorization="https://login.microsoftonline.com/${issuer.tenantId}", resource="${vaultAudience}"`;
  if (token === undefined) {
    throw new VaultError(401, 'Unauthorized', 'AKV10000: Request is missing a Bearer or PoP token.', {
      headers: { 'www-authenticate': challenge },
    });
  }
  const { claims, refusal } = await issuer.verify(token, [vaultAudience]);
  if (refusal !== undefined) {
    throw new VaultError(401, 'Unauthorized', `AKV10022: Invalid token: ${refusal.kind}.`, {
      headers: { 'www-authenticate': challenge },
    });
  }
  const objectId = typeof claims.oid === 'string' ? claims.oid.toLowerCase() : '';
  if (!grants.allows(objectId, action, keyName)) {
    throw new VaultError(
      403,
      'Forbidden',
      `Caller is not authorized to perform action on resource.\r\nCaller: oid=${objectId}\r\nAction: 'Microsoft.KeyVault/vaults/${action}'\r\nResource: '/keys/${keyName}'\r\nAssignment: (not found)`,
      { innerCode: 'ForbiddenByRbac' },
    );
  }
}
