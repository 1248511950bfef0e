import { expect, test } from 'vitest';
import { erasureOf, makeErasure, parseErasure } from '../../../../shared/ledger/format/erasure.ts';
import { canonicalJson } from '../../../../shared/ledger/format/json.ts';

const bodyHash = 'a'.repeat(64);
const erasure = {
  entries: [
    { sequence: 7, bodyHash },
    { sequence: 3, bodyHash },
  ],
  reason: 'retention of 400 days is over',
  authority: 'policy 4',
};

test('a record names what it erased, in the order of the chain', () => {
  const payload = makeErasure(erasure);
  const body = { salt: '0'.repeat(32), payload };
  expect(erasureOf(body).entries.map(({ sequence }) => sequence)).toEqual([3, 7]);
  expect(parseErasure(canonicalJson(body))).toEqual(payload);
});

test.each([
  ['"entries"', { ...erasure, entries: [] }],
  ['"entries.0.sequence"', { ...erasure, entries: [{ sequence: 0, bodyHash }] }],
  ['"entries.0.bodyHash"', { ...erasure, entries: [{ sequence: 1, bodyHash: 'A' }] }],
  ['"reason"', { ...erasure, reason: '' }],
  ['"authority"', { ...erasure, authority: '' }],
])('a record without %s is none', (place, faulty) => expect(() => makeErasure(faulty)).toThrow(place));
