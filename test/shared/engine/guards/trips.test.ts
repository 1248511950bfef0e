import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyTrip, type Failures, tripIn } from '../../../../shared/engine/guards/trips.ts';
import { defaultLimits } from '../../../../shared/policy/policy.ts';
import { runs } from '../../../support/effort.ts';
import { account } from '../../../support/estate.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
const limits = { ...defaultLimits, breaker: { failures: 5, withinMs: 24 * 60 * 60_000 } };
const one = '11111111-1111-4111-8111-111111111111';
const other = '22222222-2222-4222-8222-222222222222';
const third = '33333333-3333-4333-8333-333333333333';

type Failure = Failures[number];

const failure = (index: number, change: Partial<Failure> & { readonly in?: string } = {}): Failure => {
  const { in: subscription = one, ...given } = change;
  return {
    id: `failure ${index}`,
    at: new Date(now.getTime() - (100 - index) * 60_000).toISOString(),
    kind: 'not-converged',
    resource: account(subscription, `weights${index}`).id,
    writers: [`writer ${index}`],
    ...given,
  };
};
const many = (count: number, change: (index: number) => Parameters<typeof failure>[1] = () => ({})) =>
  Array.from({ length: count }, (_, index) => failure(index, change(index)));
const where = (failures: Failures) =>
  [one, other, third].filter((each) => tripIn(each, failures, limits, now) !== undefined);

describe('a control is stopped', () => {
  it.each<[string, Failures, string[]]>([
    ['nowhere by four', many(4), []],
    ['in its subscription by five of one owner', many(5), [one]],
    ['nowhere by one resource', many(50, () => ({ resource: account(one, 'weights').id })), []],
    ['nowhere by one writer', many(50, () => ({ writers: ['an attacker'] })), []],
    [
      'nowhere by one writer among others',
      many(50, (index) => ({ writers: [`${index}`, 'an attacker'] })),
      [],
    ],
    ['nowhere by what is too old', many(50, () => ({ at: '2026-02-01T00:00:00.000Z' })), []],
    [
      'everywhere by five of several owners',
      many(5, (index) => ({ in: index % 2 === 0 ? one : other })),
      [one, other, third],
    ],
    [
      'in one by four there and one elsewhere and one more there',
      [...many(5), failure(5, { in: other })],
      [one],
    ],
    ['nowhere by four here and one there', [...many(4), failure(4, { in: other })], []],
    [
      'in its subscription where the policy names one owner for all',
      many(6, () => ({ owner: 'ada' })),
      [one],
    ],
    [
      'everywhere where the policy names several owners in one subscription',
      many(6, (index) => ({ owner: index % 2 === 0 ? 'ada' : 'grace' })),
      [one, other, third],
    ],
    [
      'nowhere by counts of an earlier version, of which nobody knows the owner',
      many(3, () => ({ resource: undefined })),
      [],
    ],
  ])('%s', (_, failures, stopped) => {
    expect(where(failures)).toEqual(stopped);
    expect(anyTrip(failures, limits, now) !== undefined).toBe(stopped.length > 0);
  });
});

const anyFailures = (change: (index: number) => Parameters<typeof failure>[1]) =>
  fc
    .array(fc.nat(99), { maxLength: 60 })
    .map((indexes) => indexes.map((index, place) => ({ ...failure(index, change(index)), id: `${place}` })));

it('whatever one owner of one subscription does stops nothing elsewhere', () => {
  fc.assert(
    fc.property(
      anyFailures(() => ({})),
      (failures) => {
        expect(tripIn(other, failures, limits, now)).toBeUndefined();
      },
    ),
    { numRuns: runs(300) },
  );
});

it('ends at a moment from which on so many failures no longer stop it', () => {
  fc.assert(
    fc.property(
      anyFailures((index) => ({ in: index % 2 === 0 ? one : other })),
      (failures) => {
        const trip = tripIn(one, failures, limits, now);
        fc.pre(trip !== undefined);
        expect(tripIn(one, failures, limits, new Date(trip.until.getTime() - 1))).toBeDefined();
        const after = tripIn(one, failures, limits, trip.until);
        expect(after === undefined || after.until > trip.until).toBe(true);
      },
    ),
    { numRuns: runs(300) },
  );
});
