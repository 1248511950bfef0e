import fc from 'fast-check';
import type { Ask } from '../../../shared/teams/ask-card.ts';
import type { CardSubject } from '../../../shared/teams/case-facts.ts';
import type { FollowUp } from '../../../shared/teams/follow-up-card.ts';
import { account, link } from './card-fixtures.ts';

/** What somebody writes who wants more than a name. */
export const hostileTexts = [
  '[x](http://evil.example)',
  '[x]: http://evil.example',
  '[x][y]',
  '![x](https://evil.example/pixel.png)',
  'http://evil.example/',
  'HTTPS://EVIL.EXAMPLE',
  '//evil.com/path',
  'www.evil.com',
  'evil.com',
  'a.evil.co.uk:8080/x?y=z',
  'mallory@evil.com',
  'mailto:mallory@evil.com',
  '<at>Everybody</at>',
  '<a href="http://evil.com">click</a>',
  '<http://evil.com>',
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '&lt;a href="http://evil.com"&gt;x&lt;/a&gt;',
  '&#60;a href=http://evil.com&#62;',
  '# heading\n\n- list\n\n[y]: http://evil.com\n\n[y]',
  'one\r\n\r\n<b>two</b>\u2028three\u0000',
  '{{DATE(2026-01-01T00:00:00Z,SHORT)}}',
  '\u202egnp.exe\u202c',
  'ev\u200bil.com',
  'e\u00advil.com',
  'http\u200b://evil.com',
  'пример.рф',
  'evil。com',
  `z${'\u0301'.repeat(300)}`,
  '**bold** _thin_ `code` ~~no~~ \\[x\\](http://evil.com)',
  '\ud800 half',
  '"'.repeat(3_000),
  '.a'.repeat(3_000),
  '\u{1f4a3}'.repeat(3_000),
  '漢'.repeat(3_000),
];

export const hostileText = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc
    .array(fc.constantFrom(...hostileTexts, ' ', '.', ':', '//', 'com', '<', ']('), { maxLength: 6 })
    .map((parts) => parts.join('')),
);

const actor = fc.record(
  { objectId: hostileText, name: hostileText, appName: hostileText, appId: hostileText },
  { requiredKeys: [] },
);
const value = fc.oneof(
  hostileText,
  fc.boolean(),
  fc.constant(null),
  fc.array(hostileText, { maxLength: 30 }),
);
const condition = fc.oneof(
  value.map((is) => ({ is })),
  fc.constant({ absent: true as const }),
);
const conditions = fc.dictionary(hostileText, condition, { maxKeys: 60 });
const resource = fc.oneof(
  hostileText,
  hostileText.map((name) => `${account}/blobServices/default/containers/${name}`),
);

export const hostileSubject: fc.Arbitrary<CardSubject> = fc.record({
  heading: fc.record({
    before: fc.constantFrom('', 'Undo on '),
    name: hostileText,
    after: hostileText.map((text) => ` ${text}`),
  }),
  shortHeading: hostileText,
  title: hostileText,
  subscriptionName: fc.oneof(hostileText, fc.constant(undefined)),
  data: fc.record({
    resource,
    control: hostileText,
    severity: fc.constantFrom('low', 'medium', 'high', 'critical'),
    exposure: fc.constantFrom('real', 'latent', undefined),
    witnessed: fc.boolean(),
    firstSeenDrifted: fc.oneof(hostileText, fc.constant('2026-11-24T20:12:31.000Z')),
    opener: fc.oneof(
      fc.record({ grade: fc.constant('proven' as const), actor, event: hostileText }),
      fc.record({ grade: fc.constant('candidates' as const), actors: fc.array(actor, { maxLength: 40 }) }),
      fc.constant({ grade: 'unknown' as const }),
    ),
  }),
});

export const hostileAsk: fc.Arbitrary<Ask> = fc.record({
  subject: hostileSubject,
  proposal: fc.record({
    steps: fc.array(
      fc.record({
        kind: fc.constant('storage-account-update' as const),
        target: resource,
        before: conditions,
        after: conditions,
      }),
      { maxLength: 20 },
    ),
    impact: hostileText,
    undo: fc.oneof(
      fc.constant(undefined),
      fc.record({
        kind: fc.constantFrom('exact' as const, 'none' as const, 'default' as const),
        note: hostileText,
      }),
    ),
  }),
  approvers: fc.array(hostileText, { maxLength: 60 }),
  expires: fc.oneof(hostileText, fc.constant(undefined)),
  because: hostileText,
  link: fc.constant(link),
});

export const hostileFollowUp: fc.Arbitrary<FollowUp> = fc.oneof(
  fc.record({
    kind: fc.constant('decided' as const),
    verdict: fc.constantFrom('approve', 'deny', 'exempt', 'undo'),
    by: hostileText,
    reason: hostileText,
    until: hostileText,
    given: fc.nat(),
  }),
  fc.record({ kind: fc.constant('voided' as const), why: hostileText }),
  fc.record({ kind: fc.constantFrom('failed' as const, 'stuck' as const), message: hostileText }),
  fc.record({
    kind: fc.constant('closed' as const),
    reason: fc.constantFrom('fixed', 'gone', undefined),
    otherWriters: fc.array(hostileText, { maxLength: 12 }),
  }),
  fc.record({
    kind: fc.constant('escalated' as const),
    reason: fc.constantFrom('past-due', 'unanswered', undefined),
    owner: hostileText,
    due: hostileText,
  }),
);
