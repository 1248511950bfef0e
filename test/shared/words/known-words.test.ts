import { describe, expect, it } from 'vitest';
import { escalationReasons } from '../../../shared/case/case-data.ts';
import { caseStates, closeReasons, holdReasons } from '../../../shared/ledger/format/states.ts';
import { verdicts } from '../../../shared/case/decision.ts';
import { closeWords } from '../../../shared/words/close.ts';
import { escalationWords } from '../../../shared/words/escalation.ts';
import { askText, holdWords } from '../../../shared/words/hold.ts';
import { wordFor } from '../../../shared/words/known-word.ts';
import { moment } from '../../../shared/words/moment.ts';
import { severityText } from '../../../shared/words/severity.ts';
import { stateWords } from '../../../shared/words/state.ts';
import { verdictHeadings, verdictWords } from '../../../shared/words/verdict.ts';
import { voidText } from '../../../shared/words/void.ts';

describe('every word of the ledger has its words', () => {
  it.each([
    ['state', caseStates, stateWords],
    ['hold', holdReasons, holdWords],
    ['close', closeReasons, closeWords],
    ['escalation', escalationReasons, escalationWords],
    ['verdict', verdicts, verdictWords],
    ['heading of a verdict', verdicts, verdictHeadings],
  ] as const)('%s', (_, names, words) => {
    expect(Object.keys(words).sort()).toEqual([...names].sort());
    for (const said of Object.values<string>(words)) {
      expect(said).toMatch(/^[A-Za-z][^.]*[^.\s]$/);
    }
  });
});

it.each([
  ['expired', 'it was not carried out in time'],
  ['not-signed', 'the web app did not sign it, so nobody vouches for it'],
  ['of-a-later-version', 'of a later version'],
  ['toString', 'toString'],
])('a decision that no longer counts: %s', (because, text) => {
  expect(voidText(because)).toBe(text);
});

it.each([
  ['undo', 'somebody asked to take back a change'],
  ['left-open', 'people left it open, and that no longer holds'],
  ['managed', holdWords.managed],
  [
    'Cannot read the group: read-only access is missing',
    'Cannot read the group: read-only access is missing',
  ],
])('why people are asked: %s', (because, text) => {
  expect(askText(because)).toBe(text);
});

it.each([
  ['2026-11-24T20:15:59.999Z', '24 Nov 2026 20:15 UTC'],
  ['2026-11-24T22:15:00+02:00', '24 Nov 2026 20:15 UTC'],
  [Date.UTC(2026, 0, 2, 3, 4), '2 Jan 2026 03:04 UTC'],
  [new Date(Date.UTC(2026, 0, 2, 3, 4)), '2 Jan 2026 03:04 UTC'],
  ['tomorrow', 'a time that cannot be read'],
  [NaN, 'a time that cannot be read'],
])('the time %s is %s', (time, text) => {
  expect(moment(time)).toBe(text);
});

it('says how bad a drift is, and what it exposes where that is known', () => {
  expect(severityText({ severity: 'high' })).toBe('High');
  expect(severityText({ severity: 'low', exposure: 'latent' })).toBe(
    'Low, behind another door that is still closed',
  );
});

it('says nothing for what is no word', () => {
  expect(wordFor({}, 7)).toBe('');
});
