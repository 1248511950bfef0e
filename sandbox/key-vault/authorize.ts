import type { TokenIssuer } from '../identity/tokens.ts';
import { VaultError } from './vault-error.ts';

/** The audience of Key Vault in the public cloud. */
export const vaultAudience = 'https://vault.azure.net';

/** Data actions on keys, as role definitions name them behind `Microsoft.KeyVault/vaults/`. */
export type KeyAction =
  'keys/read' | 'keys/create/action' | 'keys/sign/action' | 'keys/delete' | 'keys/export/action';

/** Which data actions each principal holds, by object id in lower case. */
export type KeyGrants = Map<string, Set<KeyAction>>;

/**
 * Checks the bearer token of a call and the right to it.
 * @throws VaultError 401 with the challenge that clients learn the audience from, or 403
 */
export async function authorize(
  authorization: string | undefined,
  action: KeyAction,
  { issuer, grants, resource }: { issuer: TokenIssuer; grants: KeyGrants; resource: string },
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
  if (grants.get(objectId)?.has(action) !== true) {
    throw new VaultError(
      403,
      'Forbidden',
      `Caller is not authorized to perform action on resource.\r\nCaller: oid=${objectId}\r\nAction: 'Microsoft.KeyVault/vaults/${action}'\r\nResource: '${resource}'\r\nAssignment: (not found)`,
      { innerCode: 'ForbiddenByRbac' },
    );
  }
}
