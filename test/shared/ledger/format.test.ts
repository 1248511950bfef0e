import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  type Body,
  genesis,
  hashBody,
  hashHeader,
  ledgerFormat,
  makeEntry,
  parseBody,
  parseHeader,
} from '../../../shared/ledger/format/entry.ts';
import { canonicalJson } from '../../../shared/ledger/format/json.ts';
import {
  caseKey,
  closedKey,
  closedRange,
  entryKey,
  openKey,
  openRange,
  parseRowKey,
  rootKey,
} from '../../../shared/ledger/format/keys.ts';
import { isBodyOf, linkFault, moveOf, positionOf } from '../../../shared/ledger/format/links.ts';

const chain = '00000000-0000-0000-0000-0000000000c1';
const body: Body = {
  salt: '000102030405060708090a0b0c0d0e0f',
  resource: '/subscriptions/s/…',
  control: 'storage-account-https-only',
  actor: { name: 'leakstop' },
  payload: { b: [1, 2.5, 1e21, -0], a: { text: '"\\\u0007é' } },
};
const facts = {
  time: '2026-03-01T12:00:00.000Z',
  kind: 'case-opened',
  case: 'case-1',
  bodyHash: hashBody(body),
};

describe('bytes', () => {
  // Written down once: if one of these fails, what customers have stored no longer verifies.
  test('of a body', () => {
    expect(canonicalJson(body)).toBe(
      '{"actor":{"name":"leakstop"},"control":"storage-account-https-only","payload":{"a":{"text":"\\"\\\\\\u0007é"},"b":[1,2.5,1e+21,0]},"resource":"/subscriptions/s/…","salt":"000102030405060708090a0b0c0d0e0f"}',
    );
    expect(hashBody(body)).toBe(createHash('sha256').update(canonicalJson(body)).digest('hex'));
  });

  test('of a header', () => {
    const entry = makeEntry(genesis(chain), facts);
    expect(entry.text).toBe(
      `{"bodyHash":"${facts.bodyHash}","case":"case-1","chain":"${chain}","format":1,"kind":"case-opened","previous":"${genesis(chain).hash}","sequence":1,"time":"2026-03-01T12:00:00.000Z"}`,
    );
    expect(entry.hash).toBe(createHash('sha256').update(entry.text).digest('hex'));
    expect(hashHeader(entry.header)).toBe(entry.hash);
  });

  test('of the genesis, which no two chains share', () => {
    expect(genesis(chain).hash).toBe(
      createHash('sha256').update(`leakstop ledger ${ledgerFormat}\n${chain}`).digest('hex'),
    );
    expect(genesis('tenant').hash).not.toBe(genesis('service').hash);
  });
});

describe('links', () => {
  const first = makeEntry(genesis(chain), facts);
  const second = makeEntry(positionOf(first.header), facts);

  test('hold in order', () => {
    expect(linkFault(genesis(chain), first.header)).toBeUndefined();
    expect(linkFault(positionOf(first.header), second.header)).toBeUndefined();
    expect(isBodyOf(first.header, canonicalJson(body))).toBe(true);
    expect(isBodyOf(first.header, canonicalJson({ ...body, salt: 'f'.repeat(32) }))).toBe(false);
  });

  test.each([
    ['wrong-chain', linkFault(genesis('tenant'), first.header)],
    ['wrong-sequence', linkFault(genesis(chain), second.header)],
    ['wrong-sequence', linkFault(positionOf(second.header), second.header)],
    ['wrong-previous', linkFault({ ...genesis(chain), hash: first.hash }, first.header)],
  ])('say %s', (fault, found) => expect(found).toBe(fault));
});

test.each([
  ['none', { kind: 'case-opened', case: 'c' }, { after: 'open' }],
  ['held', { kind: 'case-observed', case: 'c' }, { after: 'held' }],
  ['closed', { kind: 'case-observed', case: 'c' }, { fault: 'illegal-move' }],
  ['open', { kind: 'case-opened', case: null }, { fault: 'case-missing' }],
  ['none', { kind: 'baseline-started', case: null }, { after: undefined }],
  ['none', { kind: 'baseline-started', case: 'c' }, { fault: 'case-unexpected' }],
  ['none', { kind: 'case-teleported', case: 'c' }, { fault: 'unknown-kind' }],
  ['none', { kind: 'constructor', case: 'c' }, { fault: 'unknown-kind' }],
] as const)('a move from %s by %o', (before, header, expected) =>
  expect(moveOf(before, header)).toEqual(expected),
);

describe('parsing', () => {
  const { header, text } = makeEntry(genesis(chain), facts);

  test('gives back what was written', () => {
    expect(parseHeader(text)).toEqual(header);
    expect(parseBody(canonicalJson(body))).toEqual({
      ...body,
      payload: { ...body.payload, b: [1, 2.5, 1e21, 0] },
    });
  });

  test.each([
    ['it is not JSON', text.slice(0, -1)],
    ['"sequence"', text.replace('"sequence":1', '"sequence":0')],
    ['"sequence"', text.replace('"sequence":1', '"sequence":1.5')],
    ['"format"', text.replace('"format":1', '"format":2')],
    ['"time"', text.replace('.000Z', 'Z')],
    ['"previous"', text.replace(header.previous, header.previous.toUpperCase())],
    ['"chain"', text.replaceAll(chain, 'Not/A/Chain')],
    ['nrecognized key', text.replace('"case"', '"added":1,"case"')],
    ['canonical', text.replace(':1,', ': 1,')],
    ['canonical', text.replace('"sequence":1', '"sequence":2,"sequence":1')],
  ])('of a header fails with %s', (message, altered) => {
    expect(() => parseHeader(altered)).toThrow(message);
  });

  test.each([
    ['"salt"', canonicalJson({ ...body, salt: '00' })],
    ['"payload"', canonicalJson({ ...body, payload: [] })],
    ['nrecognized key', canonicalJson({ ...body, more: 1 })],
    ['"row.key"', canonicalJson({ ...body, row: { key: 'k', data: {} } })],
  ])('of a body fails with %s', (message, altered) => {
    expect(() => parseBody(altered)).toThrow(message);
  });
});

describe('keys', () => {
  const root = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.Storage/storageAccounts/weights';
  const key = caseKey(root, `${root}/blobServices/default/containers/C`, 'x');

  test('are the same however Azure writes an id', () => {
    expect(caseKey(root.toLowerCase(), `${root}/blobServices/default/containers/c/`, 'x')).toBe(key);
    expect(caseKey(root, root, 'x')).not.toBe(caseKey(root, root, 'y'));
  });

  test('sort so that each range holds its own rows and no others', () => {
    const other = caseKey(`${root}2`, `${root}2`, 'x');
    const keys = [
      'head',
      entryKey(9),
      entryKey(10),
      openKey(key),
      openKey(other),
      closedKey(key, 7),
      closedKey(other, 8),
    ];
    const inside = ({ from, before }: { from: string; before: string }) =>
      keys.filter((each) => each >= from && each < before);
    expect(inside(openRange())).toEqual([openKey(key), openKey(other)]);
    expect(inside(openRange(root))).toEqual([openKey(key)]);
    expect(inside(closedRange(root))).toEqual([closedKey(key, 7)]);
    expect(entryKey(9) < entryKey(10)).toBe(true);
    expect(keys.every((each) => !/[/\\#?]/.test(each))).toBe(true);
  });

  test('tell what they name', () => {
    expect(parseRowKey('head')).toEqual({ kind: 'head' });
    expect(parseRowKey(entryKey(12))).toEqual({ kind: 'entry' });
    expect(parseRowKey(openKey(key))).toEqual({ kind: 'open', key });
    expect(parseRowKey(closedKey(key, 3))).toEqual({ kind: 'closed', key });
    expect(() => parseRowKey('open!x')).toThrow('Cannot read the row key "open!x"');
    expect(key.startsWith(`${rootKey(root)}.`)).toBe(true);
  });
});
