import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it, test } from 'vitest';
import type { PolicyDocument } from '../../../shared/policy/document.ts';
import type { Policy, Timing } from '../../../shared/policy/policy.ts';
import {
  arbitraryFreeze,
  arbitraryWindow,
  group,
  otherSubscription,
  policyOf,
  subject,
} from '../../support/policies.ts';
import { runs } from '../../support/effort.ts';

const minute = 60_000;

type Window = NonNullable<PolicyDocument['windows']>[number];

const window = (given: Partial<Window>): Partial<PolicyDocument> => ({
  windows: [{ name: 'night', days: ['sun'], from: '02:00', to: '04:00', zone: 'Europe/Berlin', ...given }],
});

const freeze = (given: Record<string, unknown> = {}): Partial<PolicyDocument> => ({
  freezes: [{ name: 'still', from: '2026-03-10', until: '2026-03-12', reason: 'r', ...given }],
});

/** What the clock on the wall says, by Luxon alone: the way a reader of the policy would look it up. */
function isOpenByTheWall({ days, from, to, zone }: Omit<Window, 'name'>, at: Date): boolean {
  const wall = DateTime.fromJSDate(at, { zone });
  const day = (moment: DateTime) =>
    (['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const)[moment.weekday - 1]!;
  const time = wall.toFormat('HH:mm:ss.SSS');
  const today = days.includes(day(wall));
  const yesterday = days.includes(day(wall.setZone('utc', { keepLocalTime: true }).minus({ days: 1 })));
  return from < to ? today && from <= time && time < to : (today && time >= from) || (yesterday && time < to);
}

describe('windows', () => {
  const at = (text: string) => new Date(text);

  // Berlin puts the clock forward on 2026-03-29 at 01:00 UTC, from 02:00 to 03:00, and back on 2026-10-25 at 01:00 UTC.
  // New York forward on 2026-03-08 at 07:00 UTC, from 02:00 to 03:00, and back on 2026-11-01 at 06:00 UTC.
  test.each<[string, Partial<Window>, string, string]>([
    ['open when it begins', {}, '2026-03-01T01:00:00Z', 'open'],
    ['closed a moment before', {}, '2026-03-01T00:59:59.999Z', '2026-03-01T01:00:00.000Z'],
    ['open until a moment before the end', {}, '2026-03-01T02:59:59.999Z', 'open'],
    ['closed at its end, for a week', {}, '2026-03-01T03:00:00Z', '2026-03-08T01:00:00.000Z'],
    ['opens at three where the clock jumps over two', {}, '2026-03-29T00:30:00Z', '2026-03-29T01:00:00.000Z'],
    ['closes by the summer clock', {}, '2026-03-29T02:00:00Z', '2026-04-05T00:00:00.000Z'],
    [
      'waits a week where the clock jumps over all of it',
      { from: '02:10', to: '02:50' },
      '2026-03-29T00:00:00Z',
      '2026-04-05T00:10:00.000Z',
    ],
    ['opens by the winter clock', { from: '03:00' }, '2026-10-25T00:30:00Z', '2026-10-25T02:00:00.000Z'],
    [
      'opens twice where an hour comes twice',
      { from: '02:00', to: '02:30' },
      '2026-10-25T00:45:00Z',
      '2026-10-25T01:00:00.000Z',
    ],
    [
      'in New York, when spring comes',
      { zone: 'America/New_York' },
      '2026-03-08T06:00:00Z',
      '2026-03-08T07:00:00.000Z',
    ],
    [
      'in New York, when autumn comes',
      { zone: 'America/New_York', from: '01:30', to: '01:45' },
      '2026-11-01T05:45:00Z',
      '2026-11-01T06:30:00.000Z',
    ],
    [
      'past midnight, on the next day',
      { days: ['fri'], from: '22:00', to: '05:00' },
      '2026-03-07T03:59:00Z',
      'open',
    ],
    [
      'past midnight, not before the day',
      { days: ['fri'], from: '22:00', to: '05:00' },
      '2026-03-06T03:59:00Z',
      '2026-03-06T21:00:00.000Z',
    ],
    ['whole days', { days: ['sat', 'sun'], from: '00:00', to: '24:00' }, '2026-03-01T22:59:59.999Z', 'open'],
    [
      'whole days end',
      { days: ['sat', 'sun'], from: '00:00', to: '24:00' },
      '2026-03-01T23:00:00Z',
      '2026-03-06T23:00:00.000Z',
    ],
  ])('%s', (_, given, moment, expected) => {
    const timing = policyOf(window(given)).timingOf(subject(), at(moment));
    expect(timing.kind === 'open' ? 'open' : timing.opensAt?.toISOString()).toBe(expected);
  });

  it('bind what they match only', () => {
    const policy = policyOf(window({ scope: group, control: 'account-*' }));
    const moment = at('2026-03-02T12:00:00Z');
    expect(policy.timingOf(subject(), moment)).toMatchObject({
      kind: 'closed',
      reason: 'outside-window',
      rule: 'night',
    });
    expect(policy.timingOf(subject({ control: 'container-access' }), moment)).toEqual({ kind: 'open' });
    expect(policy.timingOf(subject({ resource: otherSubscription }), moment)).toEqual({ kind: 'open' });
  });

  it('let critical drift through only if they say so', () => {
    const moment = at('2026-03-02T12:00:00Z');
    const kind = (exceptCritical: boolean, severity: 'critical' | 'high') =>
      policyOf(window({ exceptCritical })).timingOf(subject({ severity }), moment).kind;
    expect([kind(true, 'critical'), kind(true, 'high'), kind(false, 'critical')]).toEqual([
      'open',
      'closed',
      'closed',
    ]);
  });
});

describe('freezes', () => {
  test.each<[string, string, Timing]>([
    ['a moment before', '2026-03-09T23:59:59.999Z', { kind: 'open' }],
    [
      'from the first moment',
      '2026-03-10T00:00:00Z',
      { kind: 'closed', reason: 'frozen', rule: 'still', opensAt: new Date('2026-03-12') },
    ],
    ['not at the last', '2026-03-12T00:00:00Z', { kind: 'open' }],
  ])('%s', (_, moment, expected) => {
    expect(policyOf(freeze()).timingOf(subject(), new Date(moment))).toEqual(expected);
  });

  it('stand above windows, and open when both allow it', () => {
    const policy = policyOf({ ...freeze({ until: '2026-03-15T02:30:00+01:00' }), ...window({}) });
    expect(policy.timingOf(subject(), new Date('2026-03-11'))).toEqual({
      kind: 'closed',
      reason: 'frozen',
      rule: 'still',
      opensAt: new Date('2026-03-15T01:30:00Z'),
    });
  });

  it('follow one another', () => {
    const [first] = freeze().freezes!;
    const freezes = [{ ...first!, name: 'later', from: '2026-03-12', until: '2026-03-20' }, first!];
    expect(policyOf({ freezes }).timingOf(subject(), new Date('2026-03-11'))).toMatchObject({
      rule: 'still',
      opensAt: new Date('2026-03-20'),
    });
  });
});

/** Days around the moments at which Berlin and New York move their clocks, and any others. */
const moments = fc.oneof(
  ...[
    '2026-03-08T07:00Z',
    '2026-03-29T01:00Z',
    '2026-10-25T01:00Z',
    '2026-11-01T06:00Z',
    '2026-06-15T12:00Z',
  ].map((center) =>
    fc
      .integer({ min: -3 * 24 * 60, max: 3 * 24 * 60 })
      .map((minutes) => new Date(Date.parse(center) + minutes * minute)),
  ),
);

const isOpenAt = (policy: Policy, at: number, critical: boolean) =>
  policy.timingOf(subject({ severity: critical ? 'critical' : 'low' }), new Date(at)).kind === 'open';

describe('laws', () => {
  it('a window is open when the clock on the wall says so', () => {
    fc.assert(
      fc.property(arbitraryWindow, moments, (given, at) => {
        const policy = policyOf(window({ ...given, exceptCritical: false }));
        expect(isOpenAt(policy, at.getTime(), false)).toBe(isOpenByTheWall(given, at));
      }),
      { numRuns: runs(250) },
    );
  });

  it('it is open when it is said to open, and not at any moment before', () => {
    const named = <Entry>(kind: string, entries: Entry[]) =>
      entries.map((entry, index) => ({ name: `${kind}-${index}`, ...entry }));
    fc.assert(
      fc.property(
        fc.array(arbitraryWindow, { maxLength: 3 }),
        fc.array(arbitraryFreeze, { maxLength: 3 }),
        moments,
        fc.boolean(),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), {
          minLength: 20,
          maxLength: 20,
        }),
        (windows, freezes, now, critical, parts) => {
          const policy = policyOf({ windows: named('window', windows), freezes: named('freeze', freezes) });
          const timing = policy.timingOf(subject({ severity: critical ? 'critical' : 'low' }), now);
          if (timing.kind === 'open') {
            return;
          }
          const opens = timing.opensAt!.getTime();
          expect(isOpenAt(policy, opens, critical)).toBe(true);
          const span = opens - now.getTime();
          const before = [
            opens - 1,
            opens - minute,
            ...parts.map((part) => now.getTime() + Math.floor(part * span)),
          ];
          for (const moment of before.filter((each) => each >= now.getTime())) {
            expect(isOpenAt(policy, moment, critical)).toBe(false);
          }
        },
      ),
      { numRuns: runs(125) },
    );
  });
});
