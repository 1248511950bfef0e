import type { CryptographyClient, KeyClient, KeyVaultKey } from '@azure/keyvault-keys';
import type { GetTokenOptions, TokenCredential } from '@azure/identity';
import type { StorageCredential } from './clients.ts';

/** A key in a vault: its id is `https://<vault>/keys/<name>[/<version>]`; `audience` is that of the vault's tokens. */
export interface VaultKey {
  readonly id: string;
  readonly audience: string;
}

/** The parts of the id of a key. `version` is empty where the id names none. */
export interface VaultKeyName {
  readonly vaultUrl: string;
  readonly name: string;
  readonly version: string;
}

export function vaultKeyName(id: string): VaultKeyName {
  const url = new URL(id);
  const [, , name = '', version = ''] = url.pathname.split('/');
  return { vaultUrl: url.origin, name, version };
}

/** Longest time for one request to the vault. */
const requestLimitInMs = 10_000;

const options = {
  disableChallengeResourceVerification: true,
  retryOptions: { maxRetries: 2, maxRetryDelayInMs: 1_000 },
};
export const requestOptions = { requestOptions: { timeout: requestLimitInMs } };

/** The clients of one vault. */
export interface VaultClients {
  readonly keys: KeyClient;
  /** `key`: a key as the vault showed it, or the id of one of its versions. */
  readonly cryptographyOf: (key: KeyVaultKey | string) => CryptographyClient;
}

/**
 * Opens a vault. The SDK is loaded with the first call. Tokens are requested for the configured audience only, whatever a
 * challenge says, so the SDK need not compare the challenge's audience with the vault's host: an impostor of the vault
 * gets no token for anything else.
 */
export async function openVault(
  { id, audience }: VaultKey,
  credential: StorageCredential,
): Promise<VaultClients> {
  const { CryptographyClient: Cryptography, KeyClient: Keys } = await import('@azure/keyvault-keys');
  const token = pinned(credential, audience);
  return {
    keys: new Keys(vaultKeyName(id).vaultUrl, token, options),
    cryptographyOf: (key) =>
      // The SDK has one constructor for each.
      typeof key === 'string' ? new Cryptography(key, token, options) : new Cryptography(key, token, options),
  };
}

/** A credential that gives tokens for one audience only. */
function pinned(credential: StorageCredential, audience: string): TokenCredential {
  return {
    getToken: async (_scopes, tokenOptions) =>
      (await credential()).getToken(`${audience}/.default`, withoutTenant(tokenOptions)),
  };
}

/** The tenant of a challenge is as untrusted as its audience. */
function withoutTenant({ tenantId: _tenant, ...others }: GetTokenOptions = {}): GetTokenOptions {
  return others;
}
