import { generateKeyPairSync, sign } from 'node:crypto';
import type { CheckpointKey } from '../../shared/ledger/checkpoints/write-checkpoint.ts';

/** A key in this process that signs as one in a vault does. */
export function localKey(keyId = 'https://vault.example/keys/checkpoints/1') {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key: CheckpointKey = {
    sign: (text) =>
      Promise.resolve({
        keyId,
        value: sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString(
          'base64url',
        ),
      }),
    publicKey: (id) => Promise.resolve(id === keyId ? publicKey : undefined),
  };
  return { ...key, material: publicKey };
}
