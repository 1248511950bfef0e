import { expect, it } from 'vitest';
import type { Opener } from '../../../shared/case/case-data.ts';
import { openerText, openerWords, sinceText } from '../../../shared/words/opener.ts';

const [ada, bob] = [{ name: 'Ada' }, { name: 'Bob' }];

it.each<[Opener, string, string]>([
  [{ grade: 'proven', actor: ada, event: 'e' }, 'Ada', 'proven: the only write in that time'],
  [
    { grade: 'candidates', actors: [ada] },
    'perhaps Ada',
    'not certain: one of those who wrote in that time, or somebody else',
  ],
  [
    { grade: 'candidates', actors: [ada, bob] },
    'perhaps Ada, Bob',
    'not certain: one of those who wrote in that time, or somebody else',
  ],
  [{ grade: 'unknown' }, 'not known', 'not known'],
])('%j is %s', (opener, short, certainty) => {
  expect(openerText(opener)).toBe(short);
  expect(openerWords(opener).certainty).toBe(certainty);
});

const firstSeenDrifted = '2026-11-24T20:12:31.000Z';
it.each([
  [
    { witnessed: true, lastSeenInSync: '2026-11-24T20:10:04.000Z', firstSeenDrifted },
    'opened between 24 Nov 2026 20:10 UTC and 24 Nov 2026 20:12 UTC',
  ],
  [{ witnessed: true, firstSeenDrifted }, 'first seen open 24 Nov 2026 20:12 UTC, and not there before'],
  [
    { witnessed: false, firstSeenDrifted },
    'first seen open 24 Nov 2026 20:12 UTC; it may have stood open for long before that',
  ],
])('%j is told as %s', (seen, text) => {
  expect(sinceText(seen)).toBe(text);
});

it('leaves the layout of a time to whoever asks', () => {
  expect(sinceText({ witnessed: true, firstSeenDrifted }, (iso) => iso)).toContain(firstSeenDrifted);
});

it('names one moment where both are laid out alike', () => {
  const seen = { witnessed: true, lastSeenInSync: firstSeenDrifted, firstSeenDrifted };
  expect(sinceText(seen, () => 'then')).toBe('opened then');
});
