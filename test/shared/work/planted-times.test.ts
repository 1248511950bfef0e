import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitText } from '../../../shared/ledger/text-properties.ts';
import { openWorkStore } from '../../../shared/work/open-work-store.ts';
import { workKeys } from '../../../shared/work/work-rows.ts';
import { collect } from '../../support/disturbed-table.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { claimOf, noteOf, root } from './work-contract.ts';
import { runs } from '../../support/effort.ts';

/** Whatever times somebody writes into a row: events wait no longer than our own claims hold, and a sweep waits for nothing. */

const minute = 60_000;
const start = Date.parse('2026-03-01T12:00:00.000Z');

/** From rubbish to the last moment that a date can hold, and the minutes around now, where bounds are met. */
const plantedTime = fc.oneof(
  fc.constantFrom('2199-01-01T00:00:00.000Z', '-000001-01-01T00:00:00Z', '+275760-09-13T00:00:00.000Z'),
  fc.constantFrom('', 'never', 'zzzz', '9999-99-99', '1970-01-01T00:00:00Z'),
  fc.integer({ min: -120, max: 120 }).map((minutes) => new Date(start + minutes * minute).toISOString()),
  fc.string({ maxLength: 12 }),
);

const planted = fc.record(
  {
    root: fc.constant(root),
    wanted: fc.constantFrom(0, 1, 7),
    notes: fc.array(
      plantedTime.map((time) => ({ number: 1, note: noteOf('earlier', time) })),
      { maxLength: 2 },
    ),
    dropped: fc.constantFrom(0, 3),
    known: fc.constantFrom<string[]>([], ['earlier', 'sweep:run:root']),
    observedAt: plantedTime,
    observed: plantedTime.map((time) => ({ [root.toLowerCase()]: time })),
    wakeAt: plantedTime,
    attempts: fc.constantFrom(0, 1, 9, Number.MAX_SAFE_INTEGER),
    writes: fc.array(
      plantedTime.map((at) => ({ id: 'one', at })),
      { maxLength: 2 },
    ),
    claim: fc.record({ id: fc.constant('planted'), until: plantedTime, wanted: fc.constantFrom(0, 9) }),
    releasedClaim: fc.constant('planted'),
    touchedAt: plantedTime,
  },
  {
    requiredKeys: [
      'root',
      'wanted',
      'notes',
      'dropped',
      'known',
      'observed',
      'attempts',
      'writes',
      'touchedAt',
    ],
  },
);

async function worldWith(row: object, dueAt: string) {
  const clock = new ManualClock(new Date(start).toISOString());
  const table = new MemoryTable().client();
  await table.createEntity({ ...workKeys(root), root, dueAt, ...row });
  return { clock, work: openWorkStore({ table, clock, settings: { paceInMs: 1_000 } }) };
}

const rows = fc.oneof(
  planted.map((record) => splitText('record', JSON.stringify(record))),
  fc.constantFrom({}, { record0: 'rubbish' }, { record0: '{}' }, { record0: '[1]' }),
);

/** The claim that an event or a sweep gets within a time, with what wakes and timers do meanwhile. */
async function claimedWithin(
  row: object,
  dueAt: string,
  source: 'event' | 'sweep',
  withinMs: number,
): Promise<readonly string[] | undefined> {
  const { clock, work } = await worldWith(row, dueAt);
  const id = source === 'sweep' ? 'sweep:run:root' : 'news';
  const note = { ...noteOf(id, clock.now().toISOString()), source };
  let begun = await work.begin(root, note);
  for (let waited = 0; begun.kind !== 'claimed' && waited < withinMs; waited += minute) {
    clock.advance(minute);
    if ((await collect(work.due())).includes(root)) {
      begun = await work.begin(root);
    }
  }
  return begun.kind === 'claimed' ? claimOf(begun).row.notes.map((each) => each.id) : undefined;
}

test('an event is seen to within the time of a claim, or of our longest pause after a fault', async () => {
  await fc.assert(
    fc.asyncProperty(rows, plantedTime, async (row, dueAt) => {
      expect(await claimedWithin(row, dueAt, 'event', 66 * minute)).toContain('news');
    }),
    { numRuns: runs(400) },
  );
});

test('a sweep waits for nothing but a claim', async () => {
  await fc.assert(
    fc.asyncProperty(rows, plantedTime, async (row, dueAt) => {
      expect(await claimedWithin(row, dueAt, 'sweep', 9 * minute)).toContain('sweep:run:root');
    }),
    { numRuns: runs(400) },
  );
});

test('a row that cannot be read is due at once, once, and stands for notes that nobody knows', async () => {
  const { work, clock } = await worldWith({ record0: 'rubbish' }, new Date(start).toISOString());
  expect(await collect(work.due())).toEqual([root]);
  const claim = claimOf(await work.begin(root));
  expect(claim.row).toMatchObject({ notes: [], notesDropped: 1 });
  await work.finish(claim, { observedAt: clock.now() });
  expect(await collect(work.due())).toEqual([]);
});

test('a row that is about no root goes away, and stops no other one', async () => {
  const clock = new ManualClock(new Date(start).toISOString());
  const rubbish = new MemoryTable();
  const table = rubbish.client();
  const work = openWorkStore({ table, clock });
  for (const rowKey of ['0', 'f'.repeat(64)]) {
    await table.createEntity({
      partitionKey: rowKey.slice(0, 2),
      rowKey,
      dueAt: '2026-01-01',
      root: 7,
    });
  }
  await work.finish(claimOf(await work.begin(root, noteOf('e1', clock.now().toISOString()))), {
    wakeAt: clock.now(),
  });
  expect(await collect(work.due())).toEqual([root]);
  expect(await collect(table.listEntities())).toHaveLength(1);
});
