import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBody } from '../../../shared/ledger/format/entry.ts';
import type { CaseUpdate, Unit } from '../../../shared/ledger/ledger.ts';
import { prepareUnit } from '../../../shared/ledger/prepare.ts';
import { joinText, splitText } from '../../../shared/ledger/text-properties.ts';
import { control, entryOf, keyOf, root, unitOf } from './ledger-contract.ts';
import { runs } from '../../support/effort.ts';
import { type AnyEntry, anyEntry } from '../../support/sample-payloads.ts';

const one = { name: 'one', id: 'case-1' };
const good = unitOf(one, 'absent', ['case-opened', 'case-held']);
let salts = 0;
const salt = () => (salts += 1).toString(16).padStart(32, '0');

function withBody(body: AnyEntry['body']): Unit {
  return { ...good, entries: [anyEntry({ kind: 'case-opened', key: keyOf('one'), caseId: 'case-1', body })] };
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
  const body = { payload: { kept: 1 }, stray: 'x', resource: undefined } as unknown as AnyEntry['body'];
  const [entry] = prepareUnit(withBody(body), () => '0'.repeat(32)).entries;
  expect(entry?.bodyText).toBe(
    `{"payload":{"kept":1},"row":{"data":{"after":"case-held"},"key":"${keyOf('one')}"},"salt":"${'0'.repeat(32)}"}`,
  );
});

// Made up, and put together here so that no scanner takes this file for a leak.
const storageKey = `${'k'.repeat(86)}==`;
const token = ['eyJhbGciOiJub25lIn0', 'eyJzdWIiOiJ4In0', 'c2lnbmF0dXJl'].join('.');

/** The unit's last body, and the row that goes with it. */
function preparedOf(unit: Unit) {
  const { entries, cases, head } = prepareUnit(unit, salt);
  return { body: parseBody(entries.at(-1)?.bodyText ?? ''), row: cases[0]?.data, head };
}

describe('what looks like a secret is taken out, and the entry says where', () => {
  const opened = ['case-opened'] as const;
  const withData = (data: CaseUpdate['data']): Unit => {
    const unit = unitOf(one, 'absent', opened);
    return { ...unit, cases: unit.cases.map((update) => ({ ...update, data })) };
  };

  test.each<[string, Unit, object, string[]]>([
    [
      'in the payload',
      withBody({ payload: { answer: { keys: [{ value: 'no' }, { value: storageKey }] } } }),
      { payload: { answer: { keys: [{ value: 'no' }, { value: '[redacted]' }] } } },
      ['payload.answer.keys[1].value'],
    ],
    [
      'amid a text of ours',
      withBody({ payload: { guidance: `Ask "${token}", who manages it.` } }),
      { payload: { guidance: 'Ask "[redacted]", who manages it.' } },
      ['payload.guidance'],
    ],
    [
      'in the name of a member, of two that then are the same',
      withBody({ payload: { [storageKey]: 1, [token]: 2 } }),
      { payload: { '[redacted]': 1, '[redacted] 2': 2 } },
      ['payload.[redacted]', 'payload.[redacted] 2'],
    ],
    [
      'in who did it',
      withBody({ actor: { kind: 'person', name: token }, payload: {} }),
      { actor: { kind: 'person', name: '[redacted]' } },
      ['actor.name'],
    ],
    [
      'in the row of a case, in the table too',
      withData({ url: 'https://x/?sig=abcdefghijklmnopqrstuv%3D', kept: ['a', 1] }),
      { row: { key: keyOf('one'), data: { url: 'https://x/?sig=[redacted]', kept: ['a', 1] } } },
      ['row.data.url'],
    ],
    [
      'in the head, in the table too',
      { ...unitOf(one, 'absent', opened), head: { token } },
      { head: { token: '[redacted]' } },
      ['head.token'],
    ],
  ])('%s', (_, unit, expected, places) => {
    const { body, row, head } = preparedOf(unit);
    expect(body).toMatchObject(expected);
    expect(body.payload.masked).toEqual({ texts: places.length, places });
    expect(row).toEqual(body.row?.data);
    expect(head).toEqual(body.head);
  });

  test('an entry of which nothing was taken out says nothing of it', () => {
    expect(preparedOf(withBody({ payload: { text: 'Bearer with us' } })).body.payload).toEqual({
      text: 'Bearer with us',
    });
  });

  test('places are named until there are too many, and counted all', () => {
    const { payload } = preparedOf(withBody({ payload: { keys: Array<string>(50).fill(storageKey) } })).body;
    expect(payload.masked).toMatchObject({ texts: 50 });
    expect((payload.masked as { places: string[] }).places).toHaveLength(20);
  });

  test.each([
    ['a group in the shape of a token', `rg-${token}`],
    ['a group with letters of other languages', `rgé-${token}`],
    ['a group in letters of another language alone', `пример.資源-${token}_(1)`],
  ])('an id is what it names, and stays: %s', (_, group) => {
    const resource = root.replace('/rg/', `/${group}/`);
    const { body, row } = preparedOf({
      ...unitOf(one, 'absent', opened),
      entries: [
        anyEntry({
          kind: 'case-opened',
          key: keyOf('one'),
          caseId: 'case-1',
          body: { resource, control, payload: { text: `Look at "${resource}"` } },
        }),
      ],
      cases: [
        {
          key: keyOf('one'),
          caseId: 'case-1',
          expected: 'absent',
          data: { root: resource, change: { steps: [{ target: resource }] }, [resource]: 1 },
        },
      ],
    });
    expect(body.resource).toBe(resource);
    expect(row).toEqual({ root: resource, change: { steps: [{ target: resource }] }, [resource]: 1 });
    expect(body.payload.text).toContain('[redacted]');
    expect(body.payload.masked).toEqual({ texts: 1, places: ['payload.text'] });
  });

  test('law: what went through once comes through unchanged, whatever it is made of', () => {
    const pieces = fc.constantFrom(
      ...[storageKey, token, 'sig=', 'AccountKey=', 'Password = ', 'Bearer ', 'SharedKey a:', '"', ' ', '-'],
      ...[
        'eyJ',
        '.',
        'aaaaaaaaaaaaaaaa',
        '-----BEGIN PRIVATE KEY-----',
        '-----END PRIVATE KEY-----',
        '\n',
        '==',
      ],
      ...[`abc8Q~${'x'.repeat(34)}`, '[redacted]', root, '\u2028', 'é'],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (texts) => {
        const given = withBody({ payload: { text: texts.join('') } });
        const { masked, ...payload } = preparedOf(given).body.payload;
        expect(preparedOf(withBody({ payload })).body.payload).toEqual(payload);
        expect(masked !== undefined).toBe(payload.text !== texts.join(''));
      }),
      { numRuns: runs(2_000) },
    );
  });

  test('a key is taken out whole, whatever stands around it', () => {
    const lines = ['-----BEGIN PRIVATE KEY-----', 'MIIEvQIBADANBgkq', '-----END PRIVATE KEY-----'].join('\n');
    const { text } = preparedOf(withBody({ payload: { text: `AccountKey=${lines}` } })).body.payload;
    expect(text).not.toContain('MIIE');
  });
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
        entries: [anyEntry({ kind: 'case-opened', key: 'k', caseId: 'c', body: { payload: {} } })],
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
  ])('%s', (message, unit) => {
    expect(() => prepareUnit(unit, salt)).toThrow(message);
    expect(() => prepareUnit(unit, salt)).toThrow(`Cannot append to chain "${unit.chain}"`);
  });
});
