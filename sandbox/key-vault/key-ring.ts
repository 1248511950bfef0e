import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { signDigest, toNumber } from './sign-digest.ts';
import { badParameter, keyNotFound, VaultError } from './vault-error.ts';

interface KeyVersion {
  readonly version: string;
  readonly x: string;
  readonly y: string;
  readonly d: bigint;
  readonly operations: readonly string[];
  readonly created: number;
  updated: number;
  isEnabled: boolean;
}

/** A key as the data plane shows it; the private part never leaves the ring. */
export interface KeyBundle {
  readonly key: {
    readonly kid: string;
    readonly kty: 'EC';
    readonly crv: 'P-256';
    readonly key_ops: readonly string[];
    readonly x: string;
    readonly y: string;
  };
  readonly attributes: object;
}

/** The keys of one vault: EC on P-256, each with its versions. */
export class KeyRing {
  readonly #keys = new Map<string, KeyVersion[]>();
  readonly #now: () => number;
  /** Address of the vault, without a slash at the end. */
  url = '';

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Makes a key, or a new version of it. @throws VaultError 400 for any other type of key. */
  create(name: string, wanted: { kty?: unknown; crv?: unknown; key_ops?: unknown }): KeyBundle {
    if (wanted.kty !== 'EC' || (wanted.crv ?? 'P-256') !== 'P-256') {
      throw badParameter('Property has invalid value: only EC keys on P-256 are there');
    }
    const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
    const now = Math.floor(this.#now() / 1000);
    const version: KeyVersion = {
      version: randomBytes(16).toString('hex'),
      x: jwk.x ?? '',
      y: jwk.y ?? '',
      d: toNumber(Buffer.from(jwk.d ?? '', 'base64url')),
      operations: Array.isArray(wanted.key_ops) ? (wanted.key_ops as string[]) : ['sign', 'verify'],
      created: now,
      updated: now,
      isEnabled: true,
    };
    this.#keys.set(name, [...(this.#keys.get(name) ?? []), version]);
    return this.#bundle(name, version);
  }

  /** The version named, or the newest. @throws VaultError 404 */
  get(name: string, version: string): KeyBundle {
    return this.#bundle(name, this.#find(name, version));
  }

  /** Enables or disables a version, the newest where none is named. @throws VaultError 400 or 404 */
  update(name: string, version: string, wanted: { attributes?: unknown }): KeyBundle {
    const { enabled } = (wanted.attributes ?? {}) as { enabled?: unknown };
    const key = this.#find(name, version);
    if (typeof enabled !== 'boolean') {
      throw badParameter('Property attributes.enabled has invalid value: nothing else can be updated');
    }
    key.isEnabled = enabled;
    key.updated = Math.floor(this.#now() / 1000);
    return this.#bundle(name, key);
  }

  /** @throws VaultError 400, 403 or 404 */
  sign(
    name: string,
    version: string,
    wanted: { alg?: unknown; value?: unknown },
  ): { kid: string; value: string } {
    const key = this.#find(name, version);
    if (!key.isEnabled) {
      throw new VaultError(403, 'Forbidden', 'Operation sign is not allowed on a disabled key.', {
        innerCode: 'KeyDisabled',
      });
    }
    if (!key.operations.includes('sign')) {
      throw new VaultError(403, 'Forbidden', 'Operation sign is not permitted on this key.', {
        innerCode: 'KeyOperationForbidden',
      });
    }
    const digest = Buffer.from(typeof wanted.value === 'string' ? wanted.value : '', 'base64url');
    if (wanted.alg !== 'ES256' || digest.length !== 32) {
      throw badParameter('Key and signing algorithm are incompatible, or the digest has the wrong length.');
    }
    return { kid: this.#id(name, key), value: signDigest(key.d, digest).toString('base64url') };
  }

  /** @throws VaultError 404 */
  delete(name: string): KeyBundle {
    const bundle = this.get(name, '');
    this.#keys.delete(name);
    return bundle;
  }

  #find(name: string, version: string): KeyVersion {
    const versions = this.#keys.get(name) ?? [];
    const found = version === '' ? versions.at(-1) : versions.find((each) => each.version === version);
    if (!found) {
      throw keyNotFound(version === '' ? name : `${name}/${version}`);
    }
    return found;
  }

  #id(name: string, { version }: KeyVersion): string {
    return `${this.url}/keys/${name}/${version}`;
  }

  #bundle(name: string, key: KeyVersion): KeyBundle {
    const { x, y, operations, created, updated, isEnabled } = key;
    return {
      key: { kid: this.#id(name, key), kty: 'EC', crv: 'P-256', key_ops: operations, x, y },
      attributes: {
        enabled: isEnabled,
        created,
        updated,
        recoveryLevel: 'Recoverable+Purgeable',
        exportable: false,
      },
    };
  }
}
