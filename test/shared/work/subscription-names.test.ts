import { beforeEach, describe, expect, it } from 'vitest';
import { RemediationError } from '../../../shared/errors.ts';
import { splitText } from '../../../shared/ledger/text-properties.ts';
import type { NameStore } from '../../../shared/work/name-store.ts';
import { openNameStore } from '../../../shared/work/name-store.ts';
import { openNameKeeper, openNameReader } from '../../../shared/work/subscription-names.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryTable } from '../../support/memory-table.ts';

const [one, other, foreign] = ['1111', '2222', '3333'].map(
  (digits) => `${digits}${digits}-1111-4111-8111-111111111111`,
) as [string, string, string];
const minute = 60_000;
const away = new RemediationError('azure-unavailable', 'Azure is away');

let clock: ManualClock;
let table: MemoryTable;
let store: NameStore;
let warnings: string[];
let listed: Record<string, string>;
let fault: Error | undefined;
let asked: number;
let read: number;
beforeEach(() => {
  clock = new ManualClock();
  table = new MemoryTable();
  store = openNameStore(table.client());
  warnings = [];
  listed = { [one]: 'Research', [other]: 'Serving', [foreign]: 'Somebody else’s' };
  fault = undefined;
  asked = 0;
  read = 0;
});

const parts = () => ({
  store: () => {
    read += 1;
    return fault === undefined ? Promise.resolve(store) : Promise.reject(fault);
  },
  clock,
  logger: { warning: (message: string) => void warnings.push(message) },
});

const keeper = (azure: () => Error | undefined = () => undefined) =>
  openNameKeeper({
    ...parts(),
    subscriptions: [one.toUpperCase(), other],
    list: () => {
      asked += 1;
      const refused = azure();
      return refused === undefined
        ? Promise.resolve(Object.entries(listed).map(([id, displayName]) => ({ id, displayName })))
        : Promise.reject(refused);
    },
  });

describe('names of subscriptions', () => {
  it('are asked for once in half an hour, however often somebody wants them kept', async () => {
    const keep = keeper();
    await keep();
    await keep();
    await keeper()();
    expect(asked).toBe(1);
    listed[one] = 'Renamed';
    clock.advance(31 * minute);
    await keep();
    expect(asked).toBe(2);
    expect((await openNameReader(parts())()).nameOf(one)).toBe('Renamed');
  });

  it('are kept of guarded subscriptions only', async () => {
    await keeper()();
    const names = await openNameReader(parts())();
    expect([one, other, foreign].map(names.nameOf)).toEqual(['Research', 'Serving', undefined]);
  });

  it('stop nothing where Azure, or the table, is away', async () => {
    await keeper(() => away)();
    fault = away;
    await keeper()();
    expect((await openNameReader(parts())()).nameOf(one)).toBeUndefined();
    expect(warnings).toEqual([
      'The names of subscriptions were not read',
      'The names of subscriptions were not read',
      'The names of subscriptions cannot be read',
    ]);
  });

  it('are read once in five minutes, and stay as they were while the table is away', async () => {
    await keeper()();
    read = 0;
    const names = openNameReader(parts());
    await Promise.all([names(), names(), names()]);
    expect(read).toBe(1);
    fault = away;
    clock.advance(5 * minute);
    expect((await names()).nameOf(one)).toBe('Research');
    expect((await names()).nameOf(one)).toBe('Research');
    expect(read).toBe(2);
  });

  it.each([
    ['rubbish', {}],
    [
      JSON.stringify({ readAt: '2199-01-01T00:00:00.000Z', names: { [one]: 'Planted' } }),
      { [one]: 'Planted' },
    ],
    [JSON.stringify({ readAt: 'never', names: { [one]: `a\u202e${other}` } }), {}],
    [JSON.stringify({ readAt: '', names: [] }), {}],
  ])('that somebody plants are shown at most, until Azure is asked again: %j', async (text, shown) => {
    await table
      .client()
      .createEntity({ partitionKey: 'subscriptions', rowKey: 'names', ...splitText('names', text) });
    const before = await openNameReader(parts())();
    expect(before.nameOf(one)).toBe((shown as Record<string, string>)[one]);
    await keeper()();
    expect(asked).toBe(1);
    expect((await openNameReader(parts())()).nameOf(one)).toBe('Research');
  });
});
