import { createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import { type Checkpoint, signedText } from './checkpoint.ts';
import { LedgerFormatError } from './json.ts';

/**
 * A public key for ES256 from the text of a PEM file or a JWK.
 * @throws LedgerFormatError for anything else, including a private key and a key on another curve.
 */
export function parsePublicKey(text: string): KeyObject {
  // A verifier needs no private key, and should learn that this is one.
  if (text.includes('PRIVATE KEY') || /"d"\s*:/.test(text)) {
    throw new LedgerFormatError('Cannot read the public key: it is a private key');
  }
  const key = readKey(text);
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new LedgerFormatError('Cannot read the public key: expected an elliptic curve key on P-256');
  }
  return key;
}

function readKey(text: string): KeyObject {
  try {
    return text.trimStart().startsWith('{')
      ? createPublicKey({ key: JSON.parse(text) as JsonWebKey, format: 'jwk' })
      : createPublicKey(text);
  } catch (cause) {
    throw new LedgerFormatError('Cannot read the public key: expected PEM or JWK', { cause });
  }
}

/** True if one of the keys signed the checkpoint. The key id is a hint for people and proves nothing. */
export function isSignedBy(checkpoint: Checkpoint, keys: readonly KeyObject[]): boolean {
  const text = Buffer.from(signedText(checkpoint));
  const signature = Buffer.from(checkpoint.signature.value, 'base64url');
  return keys.some((key) => verify('sha256', text, { key, dsaEncoding: 'ieee-p1363' }, signature));
}
