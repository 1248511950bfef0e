import { describe, expect, it } from 'vitest';
import type { Case } from '../../../../shared/case/draft.ts';
import { resourceObservable } from '../../../../shared/contract/engine-controls.ts';
import { canBePastDue, dueAt, isDue, soonestDue } from '../../../../shared/engine/look/next-look.ts';
import { madeCase } from '../../../support/made-case.ts';

const at = (text: string) => new Date(`2026-01-01T${text}Z`);
const iso = (text: string) => at(text).toISOString();
const due = (text: string) => ({ at: iso(text), owner: 'storage', rule: 'due' });
const failure = { code: 'access-denied', message: 'no', at: iso('10:00:00') };
const hold = { reason: 'budget', at: iso('09:00:00') } as const;

const cases: [string, Case, Date | undefined][] = [
  ['open, with nothing to wait for', madeCase('open'), undefined],
  ['open and due later', madeCase('open', { due: due('12:00:00') }), at('12:00:00')],
  ['closed, whatever it says', madeCase('closed', { due: due('12:00:00'), failure }), undefined],
  ['held without an end', madeCase('held', { hold }), undefined],
  ['held with an end', madeCase('held', { hold: { ...hold, until: iso('11:00:00') } }), at('11:00:00')],
  [
    'held past its due time',
    madeCase('held', { hold: { ...hold, until: iso('11:00:00') }, due: due('10:30:00') }),
    at('10:30:00'),
  ],
  [
    'held past its due time, which was told',
    madeCase('held', {
      hold: { ...hold, until: iso('11:00:00') },
      due: due('10:30:00'),
      escalated: ['past-due'],
    }),
    at('11:00:00'),
  ],
  [
    'exempt: nobody owes anything before the exemption ends',
    madeCase('held', {
      hold: { reason: 'exempt', at: iso('09:00:00'), until: iso('20:00:00') },
      due: due('10:00:00'),
    }),
    at('20:00:00'),
  ],
  [
    'no longer held: the end of the hold that was counts for nothing',
    madeCase('open', { hold: { ...hold, until: iso('11:00:00') } }),
    undefined,
  ],
  [
    'asked about',
    madeCase('awaiting-decision', { asked: { at: iso('09:00:00'), expires: iso('13:00:00') } }),
    at('13:00:00'),
  ],
  ['changing: the change is being made', madeCase('changing', { due: due('10:00:00') }), undefined],
  ['verifying', madeCase('verifying', { appliedAt: iso('10:00:00') }), at('10:00:15')],
  ['failed for the first time', madeCase('failed', { failure }), at('10:05:00')],
  ['failed for the third time', madeCase('failed', { failure, refusals: 3 }), at('10:20:00')],
  [
    'failed for a hundred times',
    madeCase('failed', { failure, refusals: 100 }),
    new Date('2026-01-02T10:00:00Z'),
  ],
  [
    'a root that could not be read',
    madeCase('failed', { failure, refusals: 3 }, resourceObservable),
    at('11:00:00'),
  ],
  ['missing since a moment', madeCase('held', { hold, missingSince: iso('10:00:00') }), at('10:00:15')],
].map(([name, subject, moment]) => [name, subject, moment] as [string, Case, Date | undefined]);

describe('a case is due', () => {
  it.each(cases)('%s', (_, subject, moment) => {
    expect(dueAt(subject)).toEqual(moment);
  });

  it.each(cases)('%s: from that moment on', (_, subject, moment) => {
    if (moment === undefined) {
      expect(isDue(subject, at('23:59:59'))).toBe(false);
    } else {
      expect(isDue(subject, new Date(moment.getTime() - 1))).toBe(false);
      expect(isDue(subject, moment)).toBe(true);
    }
  });
});

describe('the soonest of some cases', () => {
  const first = madeCase('open', { due: due('12:00:00') });
  const second = madeCase('open', { due: due('13:00:00') }, 'storage-account-https-only');

  it.each<[string, Case[], string, Date | undefined]>([
    ['of none', [], '10:00:00', undefined],
    ['of cases that wait for nothing', [madeCase('open')], '10:00:00', undefined],
    ['is the first that is due', [second, first, madeCase('open')], '10:00:00', at('12:00:00')],
    ['is an hour away for a case that is due and stays so', [first], '12:00:00', at('13:00:00')],
    ['is sooner where another case is', [first, second], '12:30:00', at('13:00:00')],
  ])('%s', (_, some, now, moment) => {
    expect(soonestDue(some, at(now))).toEqual(moment);
  });
});

it.each<[Case['state'], boolean]>([
  ['none', false],
  ['open', true],
  ['held', true],
  ['awaiting-decision', true],
  ['changing', false],
  ['waiting', true],
  ['verifying', true],
  ['stuck', true],
  ['failed', true],
  ['closed', false],
])('a case in %s can be past due: %s', (state, expected) => {
  expect(canBePastDue(madeCase(state))).toBe(expected);
});
