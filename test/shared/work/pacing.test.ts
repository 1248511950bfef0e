import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Note } from '../../../shared/work/work.ts';
import { begin, finish, workSettings } from '../../../shared/work/work-rules.ts';
import type { WorkRecord } from '../../../shared/work/work-record.ts';

const settings = { ...workSettings, paceInMs: 1_000 };
const root = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a';
const start = Date.parse('2026-01-01T00:00:00Z');
const at = (milliseconds: number) => new Date(start + milliseconds);
const note = (id: string, ms: number, source: Note['source'] = 'event'): Note => ({
  id,
  time: at(ms).toISOString(),
  resource: root,
  source,
});

/** A row whose last observation began at a moment. */
function observed(ms: number): WorkRecord {
  const claimed = begin(undefined, root, [note('first', ms)], { now: at(ms), claimId: 'c1', settings });
  const done = finish(
    claimed.next,
    { id: 'c1', wanted: 1 },
    { observedAt: at(ms) },
    { now: at(ms + 10), random: 0, settings },
  );
  return done.next!;
}

it.each<[number, Note['source'], string]>([
  [500, 'event', 'paced'],
  [500, 'notification', 'paced'],
  [500, 'baseline', 'claimed'],
  [500, 'sweep', 'claimed'],
  [1_000, 'event', 'claimed'],
])('a note %d ms after the observation, from %s: %s', (ms, source, expected) => {
  const begun = begin(observed(0), root, [note('second', ms, source)], {
    now: at(ms),
    claimId: 'c2',
    settings,
  });
  expect(begun.results).toEqual([expected]);
});

it('a paced note stays on the row and wakes it when its time has come', () => {
  const { next } = begin(observed(0), root, [note('second', 300), note('third', 300)], {
    now: at(300),
    claimId: 'c2',
    settings,
  });
  expect(next?.wakeAt).toBe(at(1_000).toISOString());
  expect(begin(next, root, [undefined], { now: at(999), claimId: 'c3', settings }).results).toEqual([
    'known',
  ]);
  const woken = begin(next, root, [undefined], { now: at(1_000), claimId: 'c3', settings });
  expect(woken.results).toEqual(['claimed']);
  expect(woken.next?.notes.map((kept) => kept.note.id)).toEqual(['second', 'third']);
});

it('however many events come, observations begin no sooner than the pace, and no event is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 60 }), (gaps) => {
      let now = 0;
      let record: WorkRecord | undefined;
      const began: number[] = [];
      const seen = new Set<string>();
      const look = (next: WorkRecord | undefined) => {
        began.push(now);
        next!.notes.forEach((kept) => seen.add(kept.note.id));
        record = finish(
          next,
          { id: next!.claim!.id, wanted: next!.wanted },
          { observedAt: at(now) },
          { now: at(now), random: 0, settings },
        ).next;
      };
      gaps.forEach((gap, index) => {
        now += gap;
        for (const notes of [[undefined], [note(`e${index}`, now)]]) {
          const begun = begin(record, root, notes, {
            now: at(now),
            claimId: `c${index}${notes.length}`,
            settings,
          });
          record = begun.next ?? record;
          if (begun.results.includes('claimed')) {
            look(begun.next);
          }
        }
      });
      now += 1_000;
      const last = begin(record, root, [undefined], { now: at(now), claimId: 'last', settings });
      if (last.results.includes('claimed')) {
        look(last.next);
      }
      expect(seen.size).toBe(gaps.length);
      expect(began.every((time, index) => index === 0 || time - began[index - 1]! >= settings.paceInMs)).toBe(
        true,
      );
    }),
  );
});
