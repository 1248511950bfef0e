import { constants, generateKeyPairSync, privateDecrypt, publicEncrypt } from 'node:crypto';
import { signDigest, toNumber } from './sign-digest.ts';

/** The two halves of one version of a key; the private one never leaves it. */
export interface KeyMaterial {
  /** The public half, as a JSON Web Key. */
  shown(): Readonly<Record<string, unknown>>;
  /** Undefined if the algorithm, or the length of the value, is not for this key. */
  operate(operation: string, algorithm: string, value: Buffer): Buffer | undefined;
}

/** Signs with ES256. */
export function ecMaterial(): KeyMaterial {
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const d = toNumber(Buffer.from(jwk.d ?? '', 'base64url'));
  return {
    shown: () => ({ kty: 'EC', crv: 'P-256', x: jwk.x, y: jwk.y }),
    operate: (operation, algorithm, digest) =>
      operation === 'sign' && algorithm === 'ES256' && digest.length === 32
        ? signDigest(d, digest)
        : undefined,
  };
}

/** Wraps and unwraps with RSA-OAEP-256. It is made when it is first asked for, since that takes a moment. */
export function rsaMaterial(): KeyMaterial {
  let made: ReturnType<typeof makeRsa> | undefined;
  const pair = () => (made ??= makeRsa());
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  return {
    shown: () => {
      const { n, e } = pair().publicKey.export({ format: 'jwk' });
      return { kty: 'RSA', n, e };
    },
    operate: (operation, algorithm, value) => {
      if (algorithm !== 'RSA-OAEP-256') {
        return undefined;
      }
      try {
        return operation === 'wrapKey'
          ? publicEncrypt({ key: pair().publicKey, ...padding }, value)
          : privateDecrypt({ key: pair().privateKey, ...padding }, value);
      } catch {
        return undefined;
      }
    },
  };
}

function makeRsa() {
  return generateKeyPairSync('rsa', { modulusLength: 2_048 });
}
