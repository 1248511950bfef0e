import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitText } from '../../../shared/ledger/text-properties.ts';
import type { NoticeState } from '../../../shared/work/notice-state.ts';
import { openNoticeStore } from '../../../shared/work/notice-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryTable } from '../../support/memory-table.ts';

/** Whatever times somebody writes into the row of a chain's notices: people are told no later than by our own pauses. */

const anyTime = fc.oneof(
  fc.constantFrom(
    '2199-01-01T00:00:00.000Z',
    '+275760-09-13T00:00:00.000Z',
    'never',
    '',
    'zzzz',
    '1970-01-01',
  ),
  fc.string({ maxLength: 10 }),
);

const planted = fc
  .record({ next: anyTime, since: anyTime, until: anyTime })
  .map(({ next, since, until }) => ({
    cursor: 7,
    isBaselining: true,
    standing: { cases: ['c'], since },
    window: { until, asks: 9, followUps: 9, later: { cases: ['c'] }, laterEntries: [] },
    notices: [{ id: 'n', channel: 'teams', about: 'ask', since, attempts: 3, next }],
    told: [],
    asked: {},
    channels: { teams: { failures: 2, until, failingSince: since } },
    alarmedAt: since,
    claim: { id: 'planted', until },
  }));

const fresh: NoticeState = { cursor: 1, isBaselining: false, notices: [], told: [], asked: {}, channels: {} };

async function stateOf(text: string): Promise<{ state: NoticeState | undefined; now: number }> {
  const clock = new ManualClock();
  const table = new MemoryTable().client();
  await table.createEntity({ partitionKey: 'notices', rowKey: 'one', ...splitText('state', text) });
  const hold = await openNoticeStore(table, clock).claim('one', () => Promise.resolve({ ...fresh }));
  return { state: hold?.state, now: clock.now().getTime() };
}

test('nothing waits for longer than our own pauses, and no claim stands that we cannot have given', async () => {
  await fc.assert(
    fc.asyncProperty(planted, async (row) => {
      const { state, now } = await stateOf(JSON.stringify(row));
      const ahead = [state?.notices[0]?.next, state?.window?.until, state?.channels.teams?.until];
      const past = [
        state?.notices[0]?.since,
        state?.standing?.since,
        state?.alarmedAt,
        state?.channels.teams?.failingSince,
      ];
      const at = (time: string | undefined) => Date.parse(time ?? '');
      expect(ahead.filter((time) => !(at(time) <= now + 60 * 60_000))).toEqual([]);
      expect(past.filter((time) => !(at(time) <= now))).toEqual([]);
    }),
  );
});

test.each(['rubbish', '{}', '[]', '{"cursor":-1}'])(
  'notices begin anew where the row is %s',
  async (text) => {
    expect((await stateOf(text)).state?.cursor).toBe(fresh.cursor);
  },
);
