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
  readonly #used = new Set<string>();
  readonly #refused = new Set<string>();

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

  /** Remembers what it answers. */
  allows(objectId: string, action: KeyAction, keyName: string): boolean {
    const id = objectId.toLowerCase();
    const held = this.#held.get(id);
    const isAllowed = ['*', keyName.toLowerCase()].some((name) => held?.has(`${name} ${action}`) === true);
    (isAllowed ? this.#used : this.#refused).add(`${id} ${keyName.toLowerCase()} ${action}`);
    return isAllowed;
  }

  /** What somebody did with the keys, sorted: `leakstop-links keys/read`. */
  usedBy(objectId: string): readonly string[] {
    return ofPrincipal(this.#used, objectId);
  }

  /** What somebody asked for and was refused, in the same words. */
  refusedTo(objectId: string): readonly string[] {
    return ofPrincipal(this.#refused, objectId);
  }
}

function ofPrincipal(keys: ReadonlySet<string>, objectId: string): readonly string[] {
  const start = `${objectId.toLowerCase()} `;
  return [...keys]
    .filter((key) => key.startsWith(start))
    .map((key) => key.slice(start.length))
    .sort();
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
