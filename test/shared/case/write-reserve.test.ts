import fc from 'fast-check';
import { expect, it } from 'vitest';
import { azureLimits } from '../../../sandbox/arm/throttle.ts';
import { reserveFloor, writeReserve } from '../../../shared/case/write-reserve.ts';
import { reserveFullAt, reserveLeft } from '../../../shared/ledger/write-reserve.ts';
import { runs } from '../../support/effort.ts';

const hourMs = 60 * 60_000;

/** The head's data after a write. */
const after = (left: number, now: Date) => ({ reserve: { left: left - 1, at: now.toISOString() } });

it('gives in no hour more than a quarter of what Azure Storage takes', () => {
  const quarter = azureLimits.providers['microsoft.storage']!.write.find(({ seconds }) => seconds === 3_600)!;
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 2_000 }),
      (pauses) => {
        let head = {};
        let at = 0;
        const writes: number[] = [];
        for (const pause of pauses) {
          at += pause;
          const now = new Date(at);
          const left = reserveLeft(head, now, writeReserve);
          if (left >= 1) {
            head = after(left, now);
            writes.push(at);
          }
        }
        const busiest = Math.max(
          ...writes.map((start) => writes.filter((each) => each >= start && each < start + hourMs).length),
        );
        expect(busiest).toBeLessThanOrEqual(quarter.calls / 4);
      },
    ),
    { numRuns: runs(30) },
  );
});

it('never keeps a write waiting beyond the moment that it names, nor lets it go before', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: writeReserve.capacity, noNaN: true }),
      fc.double({ min: 1, max: writeReserve.capacity, noNaN: true }),
      (left, wanted) => {
        const now = new Date(0);
        const at = reserveFullAt(left, wanted, now, writeReserve);
        const head = { reserve: { left, at: now.toISOString() } };
        expect(reserveLeft(head, at, writeReserve)).toBeGreaterThanOrEqual(wanted - 1e-6);
        const before = new Date(at.getTime() - 1_000);
        const early = left < wanted && before >= now && reserveLeft(head, before, writeReserve) >= wanted;
        expect(early).toBe(false);
      },
    ),
    { numRuns: runs(500) },
  );
});

it.each<[string, object, number]>([
  ['nothing', {}, 180],
  ['the past', { reserve: { left: 10, at: '2026-01-01T00:00:00.000Z' } }, 130],
  ['a clock ahead', { reserve: { left: 10, at: '2026-01-01T02:00:00.000Z' } }, 10],
  ['less than nothing', { reserve: { left: -5, at: '2026-01-01T01:00:00.000Z' } }, 0],
  ['more than there is', { reserve: { left: 1e9, at: '2026-01-01T01:00:00.000Z' } }, 180],
  ['rubbish', { reserve: 'rubbish' }, 0],
  ['no time', { reserve: { left: 10, at: 'never' } }, 0],
  ['no number', { reserve: { left: '10', at: '2026-01-01T00:00:00.000Z' } }, 0],
])('of a head that says %s, so many writes are left', (_, head, left) => {
  expect(reserveLeft(head as never, new Date('2026-01-01T01:00:00.000Z'), writeReserve)).toBe(left);
});

it('the more severe, and the less fought over, the more of it may be used', () => {
  const floors = [
    reserveFloor('critical', false),
    reserveFloor('high', false),
    reserveFloor('critical', true),
    reserveFloor('high', true),
  ];
  expect(floors).toEqual(floors.toSorted((one, other) => one - other));
  expect(new Set(floors).size).toBe(4);
  expect(reserveFloor('high', true)).toBeLessThan(writeReserve.capacity / 2);
});
