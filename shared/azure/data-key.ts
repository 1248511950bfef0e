import { randomBytes, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { RemediationError } from '../errors.ts';
import { readJsonAs } from '../read-as.ts';
import { createSealer, dataKeyBytes, type Sealer } from '../seal/sealer.ts';
import { openVault, requestOptions, vaultKeyName, type VaultKey } from './key-vault-clients.ts';
import type { StorageCredential } from './clients.ts';
import { toRemediationError } from './to-remediation-error.ts';

/** The wrapped data key as its blob holds it. */
const Record = z.strictObject({
  format: z.literal(1),
  app: z.string(),
  /** Id of the version of the key that wraps it. */
  wrappedBy: z.string(),
  /** RSA-OAEP-256, in base64url. */
  wrapped: z.string(),
  signature: z.strictObject({ keyId: z.string(), value: z.string() }),
});
type Record = z.infer<typeof Record>;

/** Where the wrapped key is kept: files that are written once. */
export interface KeyFiles {
  create(name: string, content: string): Promise<boolean>;
  read(name: string, mostBytes?: number): Promise<string | undefined>;
}

/** The key with which the app signs that a data key is its own. */
export interface OwnSignature {
  sign(text: string): Promise<{ readonly keyId: string; readonly value: string }>;
  publicKey(keyId: string): Promise<KeyObject | undefined>;
}

export interface DataKeyParts {
  readonly app: string;
  /** The key that wraps, with or without a version. */
  readonly key: VaultKey;
  readonly credential: StorageCredential;
  readonly files: () => Promise<KeyFiles>;
  readonly signature: OwnSignature;
}

const mostBytes = 16_384;
const algorithm = 'RSA-OAEP-256';

/**
 * The sealer of an app, with a data key that Key Vault unwraps once for each process. The first process of all makes the key.
 * Wrapping takes a public key only, so whoever can write the blob could put a key of their own there: the app's signature
 * on the record keeps them from it.
 * @throws RemediationError of the returned function, when vault or blob is away, or the record is not genuine
 */
export function openDataKey(parts: DataKeyParts): () => Promise<Sealer> {
  let opened: Promise<Sealer> | undefined;
  return () => {
    opened ??= open(parts).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

async function open(parts: DataKeyParts): Promise<Sealer> {
  const files = await parts.files();
  const name = `${parts.app}.json`;
  const known = await files.read(name, mostBytes);
  if (known !== undefined) {
    return createSealer(parts.app, await unwrap(parts, known));
  }
  const key = randomBytes(dataKeyBytes);
  const isOurs = await files.create(name, JSON.stringify(await wrap(parts, key)));
  if (isOurs) {
    return createSealer(parts.app, key);
  }
  // Another process was first, or the answer to our own write was lost.
  const text = await files.read(name, mostBytes);
  return createSealer(parts.app, await unwrap(parts, text ?? ''));
}

function signedText({ app, wrapped, wrappedBy }: Omit<Record, 'signature'>): string {
  return `leakstop data key\n${JSON.stringify([app, wrappedBy, wrapped])}`;
}

async function wrap({ app, key, credential, signature }: DataKeyParts, plain: Buffer): Promise<Record> {
  try {
    const { keys, cryptographyOf } = await openVault(key, credential);
    const wrapping = await keys.getKey(vaultKeyName(key.id).name, requestOptions);
    const { result } = await cryptographyOf(wrapping).wrapKey(algorithm, plain, requestOptions);
    const record = {
      format: 1,
      app,
      wrappedBy: wrapping.id ?? '',
      wrapped: Buffer.from(result).toString('base64url'),
    } as const;
    return { ...record, signature: await signature.sign(signedText(record)) };
  } catch (error) {
    throw toRemediationError(error, `wrap the data key of "${app}"`);
  }
}

async function unwrap({ app, key, credential, signature }: DataKeyParts, text: string): Promise<Uint8Array> {
  const what = `the data key of "${app}"`;
  const record = readJsonAs(Record, text, what);
  const publicKey = await signature.publicKey(record.signature.keyId);
  const isGenuine =
    record.app === app &&
    publicKey !== undefined &&
    verify(
      'sha256',
      Buffer.from(signedText(record)),
      { key: publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(record.signature.value, 'base64url'),
    );
  if (!isGenuine) {
    throw new RemediationError('rows-not-believed', `Cannot use ${what}: this app did not sign it`);
  }
  try {
    const { cryptographyOf } = await openVault(key, credential);
    const { result } = await cryptographyOf(record.wrappedBy).unwrapKey(
      algorithm,
      Buffer.from(record.wrapped, 'base64url'),
      requestOptions,
    );
    return result;
  } catch (error) {
    throw toRemediationError(error, `unwrap ${what}`);
  }
}
