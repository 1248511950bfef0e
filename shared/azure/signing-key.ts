import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import type { JsonWebKey, KeyClient, KeyVaultKey } from '@azure/keyvault-keys';
import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import type { StorageCredential } from './clients.ts';
import {
  openVault,
  requestOptions,
  vaultKeyName,
  type VaultClients,
  type VaultKey,
} from './key-vault-clients.ts';
import { toRemediationError } from './to-remediation-error.ts';

/** A key in a vault that signs with ES256 and never leaves the vault. */
export interface SigningKey {
  /** `value` is r and s, 64 bytes, in base64url; `keyId` names the version that signed. @throws RemediationError */
  sign(text: string): Promise<{ readonly keyId: string; readonly value: string }>;
  /**
   * The public key of a version. Undefined if the id names another key or a missing version.
   * @throws RemediationError
   */
  publicKey(keyId: string): Promise<KeyObject | undefined>;
  /** Id of the version that signs now. @throws RemediationError */
  currentKeyId(): Promise<string>;
}

/** Time after which the vault is asked again if a version is still enabled. */
const revocationMs = 5 * 60_000;

/**
 * The key of that id; without a version in the id, its newest version signs. With a clock, a version that is disabled
 * in the vault becomes unknown within minutes. Signatures that must hold for ever, as those on checkpoints, are
 * verified without a clock.
 */
export function openSigningKey(
  { id, audience }: VaultKey,
  credential: StorageCredential,
  revocable?: Clock,
): SigningKey {
  const { vaultUrl, name, version } = vaultKeyName(id);
  const publicKeys = new Map<string, { readonly key: KeyObject; readonly until: number }>();
  const until = (): number => (revocable?.now().getTime() ?? 0) + revocationMs;
  const isGood = (keyId: string): boolean =>
    revocable === undefined || (publicKeys.get(keyId)?.until ?? 0) > revocable.now().getTime();
  let vault: Promise<VaultClients> | undefined;
  const open = () => (vault ??= openVault({ id, audience }, credential));
  const read = async (keys: KeyClient, wanted: string): Promise<KeyVaultKey> => {
    const key = await keys.getKey(name, { ...requestOptions, ...(wanted === '' ? {} : { version: wanted }) });
    const isRevoked = revocable !== undefined && key.properties.enabled === false;
    if (isRevoked) {
      publicKeys.delete(key.id ?? '');
    } else {
      publicKeys.set(key.id ?? '', { key: toKeyObject(key.key ?? {}), until: until() });
    }
    return key;
  };

  return {
    async sign(text) {
      try {
        const { keys, cryptographyOf } = await open();
        const key = await read(keys, version);
        const digest = createHash('sha256').update(text, 'utf8').digest();
        const { result } = await cryptographyOf(key).sign('ES256', digest, requestOptions);
        return { keyId: key.id ?? '', value: Buffer.from(result).toString('base64url') };
      } catch (error) {
        throw toRemediationError(error, `sign with key "${id}"`);
      }
    },
    async currentKeyId() {
      try {
        return (await read((await open()).keys, version)).id ?? '';
      } catch (error) {
        throw toRemediationError(error, `read key "${id}"`);
      }
    },
    async publicKey(keyId) {
      const wanted = ownVersionOf(keyId, vaultUrl, name);
      if (wanted === undefined) {
        return undefined;
      }
      try {
        if (!publicKeys.has(keyId) || !isGood(keyId)) {
          await read((await open()).keys, wanted);
        }
        return publicKeys.get(keyId)?.key;
      } catch (error) {
        if ((error as { code?: unknown }).code === 'KeyNotFound') {
          return undefined;
        }
        throw toRemediationError(error, `read key "${keyId}"`);
      }
    },
  };
}

function ownVersionOf(keyId: string, vaultUrl: string, name: string): string | undefined {
  const prefix = `${vaultUrl}/keys/${name}/`;
  const version = keyId.slice(prefix.length);
  return keyId.startsWith(prefix) && /^[0-9a-f]{32}$/.test(version) ? version : undefined;
}

function toKeyObject({ kty, crv, x, y }: JsonWebKey): KeyObject {
  if (kty !== 'EC' || crv !== 'P-256' || !x || !y) {
    throw new RemediationError(
      'malformed-input',
      'Cannot use the signing key: expected an elliptic curve key on P-256',
    );
  }
  const text = (part: Uint8Array): string => Buffer.from(part).toString('base64url');
  return createPublicKey({ key: { kty, crv, x: text(x), y: text(y) }, format: 'jwk' });
}
