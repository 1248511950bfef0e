import { randomBytes } from 'node:crypto';
import { ecMaterial, type KeyMaterial, rsaMaterial } from './key-material.ts';
import { badParameter, keyNotFound, VaultError } from './vault-error.ts';

interface KeyVersion {
  readonly version: string;
  readonly material: KeyMaterial;
  readonly operations: readonly string[];
  readonly created: number;
  updated: number;
  isEnabled: boolean;
}

/** The operations of a key that is made without a word about them. */
const usual = { EC: ['sign', 'verify'], RSA: ['wrapKey', 'unwrapKey'] } as const;

/** A key as the data plane shows it; the private part never leaves the ring. */
export interface KeyBundle {
  readonly key: {
    readonly kid: string;
    readonly key_ops: readonly string[];
  } & Readonly<Record<string, unknown>>;
  readonly attributes: object;
}

/** The keys of one vault, EC on P-256 or RSA of 2,048 bits, each with its versions. */
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
    const isEc = wanted.kty === 'EC' && (wanted.crv ?? 'P-256') === 'P-256';
    if (!isEc && wanted.kty !== 'RSA') {
      throw badParameter('Property has invalid value: only EC keys on P-256 and RSA keys are there');
    }
    const now = Math.floor(this.#now() / 1000);
    const version: KeyVersion = {
      version: randomBytes(16).toString('hex'),
      material: isEc ? ecMaterial() : rsaMaterial(),
      operations: Array.isArray(wanted.key_ops) ? (wanted.key_ops as string[]) : usual[isEc ? 'EC' : 'RSA'],
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
    return this.#operate('sign', { name, version }, wanted);
  }

  /** @throws VaultError 400, 403 or 404 */
  wrap(name: string, version: string, wanted: { alg?: unknown; value?: unknown }) {
    return this.#operate('wrapKey', { name, version }, wanted);
  }

  /** @throws VaultError 400, 403 or 404 */
  unwrap(name: string, version: string, wanted: { alg?: unknown; value?: unknown }) {
    return this.#operate('unwrapKey', { name, version }, wanted);
  }

  #operate(
    operation: 'sign' | 'wrapKey' | 'unwrapKey',
    { name, version }: { readonly name: string; readonly version: string },
    wanted: { alg?: unknown; value?: unknown },
  ): { kid: string; value: string } {
    const key = this.#find(name, version);
    if (!key.isEnabled) {
      throw new VaultError(403, 'Forbidden', `Operation ${operation} is not allowed on a disabled key.`, {
        innerCode: 'KeyDisabled',
      });
    }
    if (!key.operations.includes(operation)) {
      throw new VaultError(403, 'Forbidden', `Operation ${operation} is not permitted on this key.`, {
        innerCode: 'KeyOperationForbidden',
      });
    }
    const value = Buffer.from(typeof wanted.value === 'string' ? wanted.value : '', 'base64url');
    const result = key.material.operate(operation, String(wanted.alg), value);
    if (result === undefined) {
      throw badParameter('Key and algorithm are incompatible, or the value has the wrong length.');
    }
    return { kid: this.#id(name, key), value: result.toString('base64url') };
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
    const { material, operations, created, updated, isEnabled } = key;
    return {
      key: { ...material.shown(), kid: this.#id(name, key), key_ops: operations },
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
