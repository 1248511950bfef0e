import { describe, expect, test } from 'vitest';
import { parseBody } from '../../../shared/ledger/format/entry.ts';
import type { EntryBody, Unit } from '../../../shared/ledger/ledger.ts';
import { prepareUnit } from '../../../shared/ledger/prepare.ts';
import { joinText, splitText } from '../../../shared/ledger/text-properties.ts';
import { chain, entryOf, keyOf, unitOf } from './ledger-contract.ts';

const one = { name: 'one', id: 'case-1' };
const good = unitOf(one, 'absent', ['case-opened', 'case-held']);
let salts = 0;
const salt = () => (salts += 1).toString(16).padStart(32, '0');

function withBody(body: EntryBody): Unit {
  return { ...good, entries: [{ kind: 'case-opened', key: keyOf('one'), caseId: 'case-1', body }] };
}

test('the last entry of a case carries its row, the last of the unit the head; each body has its own salt', () => {
  const two = unitOf({ name: 'two', id: 'case-2' }, 'absent', ['case-opened']);
  const unit = {
    ...good,
    entries: [...good.entries, ...two.entries],
    cases: [...good.cases, ...two.cases],
    head: { h: 1 },
  };
  const bodies = prepareUnit(unit, salt).entries.map(({ bodyText }) => parseBody(bodyText));
  expect(bodies.map(({ row, head }) => [row?.key, head])).toEqual([
    [undefined, undefined],
    [keyOf('one'), undefined],
    [keyOf('two'), { h: 1 }],
  ]);
  expect(new Set(bodies.map((body) => body.salt)).size).toBe(3);
});

test('what the contract does not know is left out of the bytes', () => {
  const body = { payload: { kept: 1 }, stray: 'x', resource: undefined } as unknown as EntryBody;
  const [entry] = prepareUnit(withBody(body), () => '0'.repeat(32)).entries;
  expect(entry?.bodyText).toBe(
    `{"payload":{"kept":1},"row":{"data":{"after":"case-held"},"key":"${keyOf('one')}"},"salt":"${'0'.repeat(32)}"}`,
  );
});

test('half a surrogate pair becomes a replacement character', () => {
  const [entry] = prepareUnit(withBody({ payload: { text: 'a\ud800b' } }), salt).entries;
  expect(parseBody(entry?.bodyText ?? '').payload).toEqual({ text: 'a\ufffdb' });
});

test('a text is split between characters, never within one, and joined again', () => {
  for (const lead of [31_998, 31_999, 32_000]) {
    const text = `${'x'.repeat(lead)}\u{1F512}${'y'.repeat(40_000)}`;
    const properties = splitText('data', text);
    expect(Object.values(properties).every((part) => part.isWellFormed() && part.length <= 32_768)).toBe(
      true,
    );
    expect(joinText(properties, 'data')).toBe(text);
  }
  expect(joinText(splitText('data', ''), 'data')).toBe('');
  expect(joinText({}, 'data')).toBeUndefined();
});

describe('refused before anything is written', () => {
  const key = keyOf('one');
  test.each<[string, Unit]>([
    ['the name is not a subscription id', { ...good, chain: 'Upper/Case' }],
    ['the unit has no entry', { ...good, entries: [] }],
    ['has an entry and no update', { ...good, cases: [] }],
    [
      'has an entry and no update',
      { ...good, entries: [entryOf({ name: 'one', id: 'other' }, 'case-opened')] },
    ],
    [
      'is updated and no entry says so',
      { ...good, cases: [...good.cases, ...unitOf({ name: 'two', id: 'case-2' }, 1, []).cases] },
    ],
    ['is updated twice', { ...good, cases: [...good.cases, ...good.cases] }],
    [
      'is not a case key',
      {
        ...good,
        entries: [{ kind: 'case-opened', key: 'k', caseId: 'c', body: { payload: {} } }],
        cases: [{ key: 'k', caseId: 'c', expected: 'absent', data: {} }],
      },
    ],
    [
      'is not a kind of entry',
      {
        ...good,
        entries: [{ kind: 'baseline-started', key, caseId: 'case-1', body: { payload: {} } } as never],
      },
    ],
    ['needs a case', { ...good, entries: [{ kind: 'case-opened', body: { payload: {} } } as never] }],
    [
      'does not fit in a row',
      { ...good, cases: good.cases.map((update) => ({ ...update, data: { text: 'x'.repeat(460_000) } })) },
    ],
    ['the count of changes is negative', { ...good, changes: { count: -1, limitPerHour: 1 } }],
    [
      '"entries[0].body.payload.answer.keys[1].value" looks like a secret',
      withBody({ payload: { answer: { keys: [{ value: 'no' }, { value: `${'k'.repeat(86)}==` }] } } }),
    ],
    [
      '"cases[0].data.url" looks like a secret',
      {
        ...good,
        cases: good.cases.map((update) => ({
          ...update,
          data: { url: 'https://x/?sig=abcdefghijklmnopqrstuv%3D' },
        })),
      },
    ],
    [
      '"head.token" looks like a secret',
      { ...good, head: { token: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln' } },
    ],
  ])('%s', (message, unit) => {
    expect(() => prepareUnit(unit, salt)).toThrow(message);
    expect(() => prepareUnit(unit, salt)).toThrow(`Cannot append to chain "${unit.chain}"`);
  });

  test('a message never repeats the secret', () => {
    const value = `${'k'.repeat(86)}==`;
    expect(() => prepareUnit(withBody({ payload: { [value]: 1 } }), salt)).toThrow(
      `Cannot append to chain "${chain}": "entries[0].body.payload" looks like a secret`,
    );
  });
});
