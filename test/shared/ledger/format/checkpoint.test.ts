import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  checkpointFault,
  checkpointGenesis,
  checkpointName,
  checkpointText,
  hashCheckpoint,
  makeCheckpoint,
  parseCheckpoint,
  signedText,
  type UnsignedCheckpoint,
} from '../../../../shared/ledger/format/checkpoint.ts';
import { sha256 } from '../../../../shared/ledger/format/json.ts';
import { isSignedBy, parsePublicKey } from '../../../../shared/ledger/format/signature.ts';

const hash = (text: string): string => sha256(text);
const segment = (chain: string, from: number, to: number) => ({
  chain,
  from,
  to,
  name: `${chain}-${from}`,
  sha256: hash('s'),
});

const first = makeCheckpoint(undefined, {
  time: '2026-03-01T12:00:00.000Z',
  chains: [
    { chain: 'tenant', sequence: 2, hash: hash('t2') },
    { chain: 'service', sequence: 5, hash: hash('s5') },
  ],
  segments: [segment('tenant', 1, 2), segment('service', 4, 5), segment('service', 1, 3)],
});
const second = makeCheckpoint(first, {
  time: '2026-03-01T13:00:00.000Z',
  chains: [first.chains[0]!, { chain: 'tenant', sequence: 3, hash: hash('t3') }],
  segments: [segment('tenant', 3, 3)],
});

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signed = (checkpoint: UnsignedCheckpoint): string =>
  checkpointText(checkpoint, {
    algorithm: 'ES256',
    keyId: 'https://vault.example/keys/ledger/1',
    value: sign('sha256', Buffer.from(signedText(checkpoint)), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    }).toString('base64url'),
  });

describe('bytes', () => {
  // Written down once: a change here makes every signature of the past worthless.
  test('of what is signed', () => {
    expect(signedText({ ...first, segments: [] })).toBe(
      `{"chains":[{"chain":"service","hash":"${hash('s5')}","sequence":5},{"chain":"tenant","hash":"${hash('t2')}","sequence":2}],"format":1,"leakstop":"checkpoint","number":1,"previous":"${checkpointGenesis}","segments":[],"time":"2026-03-01T12:00:00.000Z"}`,
    );
    expect(checkpointGenesis).toBe(hash('leakstop checkpoints 1'));
    expect(checkpointName(12)).toBe('checkpoints/0000000012.json');
  });

  test('the hash is over what is signed, whatever the signature is', () => {
    expect(hashCheckpoint(first)).toBe(hash(signedText(first)));
    expect(hashCheckpoint(parseCheckpoint(signed(first)))).toBe(hashCheckpoint(first));
    expect(parseCheckpoint(signed(first))).toMatchObject(first);
  });
});

describe('following', () => {
  test('holds', () => {
    expect(checkpointFault(undefined, first)).toBeUndefined();
    expect(checkpointFault(first, second)).toBeUndefined();
  });

  const [service, tenant] = second.chains;
  test.each<[string, UnsignedCheckpoint]>([
    ['wrong-number', { ...second, number: 3 }],
    ['wrong-previous', { ...second, previous: checkpointGenesis }],
    ['wrong-time', { ...second, time: '2026-03-01T11:00:00.000Z' }],
    ['chain-shrunk', { ...second, chains: [tenant!] }],
    ['chain-shrunk', { ...second, chains: [{ ...service!, sequence: 4 }, tenant!] }],
    ['chain-changed', { ...second, chains: [{ ...service!, hash: hash('other') }, tenant!] }],
    ['wrong-segments', { ...second, segments: [] }],
    ['wrong-segments', { ...second, segments: [segment('tenant', 2, 3)] }],
    ['wrong-segments', { ...second, segments: [segment('tenant', 3, 4)] }],
    ['wrong-segments', { ...second, segments: [...second.segments, segment('x', 1, 1)] }],
    ['wrong-segments', { ...second, chains: [...second.chains, { ...tenant!, chain: 'x' }] }],
  ])('fails with %s', (kind, checkpoint) =>
    expect(checkpointFault(first, checkpoint)).toMatchObject({ kind }),
  );
});

describe('parsing', () => {
  const text = signed(first);
  test.each([
    ['not JSON', text.slice(1)],
    ['"number"', text.replace('"number":1', '"number":0')],
    ['"leakstop"', text.replace('"leakstop":"checkpoint"', '"leakstop":"export"')],
    ['"signature.algorithm"', text.replace('ES256', 'none')],
    ['canonical', text.replace('"number":1', '"number": 1')],
    ['each chain once', text.replace('"chain":"service","hash"', '"chain":"tenant","hash"')],
  ])('fails with %s', (message, altered) => expect(() => parseCheckpoint(altered)).toThrow(message));

  test('fails for a signature that is the same bytes written otherwise', () => {
    const { value } = parseCheckpoint(text).signature;
    const last = value.at(-1)!;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const twin = value.slice(0, -1) + alphabet[alphabet.indexOf(last) + 1]!;
    expect(Buffer.from(twin, 'base64url')).toEqual(Buffer.from(value, 'base64url'));
    expect(() => parseCheckpoint(text.replace(value, twin))).toThrow('64 bytes');
  });
});

describe('signatures', () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const jwk = JSON.stringify(publicKey.export({ format: 'jwk' }));

  test.each([
    ['PEM', pem],
    ['JWK', jwk],
  ])('verify with a key from %s', (_, text) => {
    expect(isSignedBy(parseCheckpoint(signed(first)), [other, parsePublicKey(text)])).toBe(true);
  });

  test('fail with another key, with none, and for another checkpoint', () => {
    const checkpoint = parseCheckpoint(signed(first));
    expect(isSignedBy(checkpoint, [other])).toBe(false);
    expect(isSignedBy(checkpoint, [])).toBe(false);
    expect(isSignedBy({ ...checkpoint, number: 2 }, [publicKey])).toBe(false);
  });

  test.each([
    ['private', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['private', JSON.stringify(privateKey.export({ format: 'jwk' }))],
    [
      'P-256',
      generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ type: 'spki', format: 'pem' }),
    ],
    [
      'P-256',
      generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }),
    ],
    ['PEM or JWK', 'no key'],
    ['PEM or JWK', '{"kty":"EC"}'],
  ])('a key that is not a public key on P-256 is refused: %s', (message, text) =>
    expect(() => parsePublicKey(text.toString())).toThrow(message),
  );
});
