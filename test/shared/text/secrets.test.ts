import { describe, expect, test } from 'vitest';
import { findSecret, redact } from '../../../shared/text/secrets.ts';

// Made up, and put together here so that no scanner takes this file for a leak.
const key = `${'Ab3/'.repeat(21)}Ab==`;
const jwt = ['eyJhbGciOiJSUzI1NiJ9', 'eyJvaWQiOiJ4In0', 'c2lnbmF0dXJlLXNpZ25hdHVyZQ'].join('.');

const secrets: [string, string, string][] = [
  ['a storage key', key, '[redacted]'],
  ['a storage key in a text', `the key ${key}, leaked`, 'the key [redacted], leaked'],
  [
    'a shared access signature',
    'https://a.blob.core.windows.net/c?sv=2025-01-05&sig=Zm9vYmFyYmF6cXV4%2Bxyz%3D&se=2026',
    'https://a.blob.core.windows.net/c?sv=2025-01-05&sig=[redacted]&se=2026',
  ],
  ['a token', `token=${jwt}`, 'token=[redacted]'],
  ['an Authorization header', 'Bearer abcdef0123456789', 'Bearer [redacted]'],
  [
    'a connection string',
    'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2hvcnRlcg==;EndpointSuffix=x',
    'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=[redacted];EndpointSuffix=x',
  ],
  [
    'a service bus connection string',
    'SharedAccessKeyName=n;SharedAccessKey=0123456789abcdef=',
    'SharedAccessKeyName=n;SharedAccessKey=[redacted]',
  ],
  ['a client secret', `abc8Q~${'x'.repeat(34)}`, '[redacted]'],
  ['a private key', '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----', '[redacted]'],
];

describe.each(secrets)('%s', (_, text, redacted) => {
  test('is found', () => expect(findSecret({ deep: [{ here: text }] })).toBe('deep[0].here'));
  test('is redacted, and is none any more', () => {
    expect(redact(text)).toBe(redacted);
    expect(findSecret(redacted)).toBeUndefined();
  });
});

test.each([
  '/subscriptions/00000000-0000-0000-0000-0000000000c1/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/weights',
  'a'.repeat(64),
  'W/"datetime\'2026-03-01T12%3A00%3A00.1234567Z\'"',
  'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
  'The signature sig= is missing',
  'Password must be changed',
  'eyJ is how a token begins',
  '',
])('%s is no secret', (text) => {
  expect(findSecret(text)).toBeUndefined();
  expect(redact(text)).toBe(text);
});

test('values of every shape are walked, rings too', () => {
  const ring: Record<string, unknown> = { number: 1, none: null, list: [undefined, true] };
  ring.self = ring;
  expect(findSecret(ring)).toBeUndefined();
  expect(findSecret({ ...ring, more: [[key]] })).toBe('more[0][0]');
  expect(findSecret(key)).toBe('');
});

test('a long text that almost holds secrets does not keep the detector busy', () => {
  const text = `${'A'.repeat(1_000_000)} eyJ${'a.'.repeat(100_000)}`;
  expect(redact(text)).toHaveLength(text.length);
  for (const piece of [
    '-eyJ',
    '-eyJaaaaaaaaa',
    '.eyJ',
    'Bearer ',
    'AccountKey=',
    'sig=',
    '-----BEGIN ',
    '/a',
    'é',
  ]) {
    const repeated = piece.repeat(Math.ceil(1_000_000 / piece.length));
    for (const long of [repeated, `/subscriptions/00000000-0000-0000-0000-0000000000c1${repeated}#`]) {
      expect(redact(long).length, piece).toBeLessThanOrEqual(long.length);
    }
  }
});
