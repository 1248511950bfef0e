import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { describe, expect, it } from 'vitest';
import type { Opener } from '../../../shared/case/case-data.ts';
import { askCard } from '../../../shared/teams/ask-card.ts';
import type { TeamsMessage } from '../../../shared/teams/card-parts.ts';
import { digestCard } from '../../../shared/teams/digest-card.ts';
import { followUpCard, followUpsCard } from '../../../shared/teams/follow-up-card.ts';
import { plainText } from '../../../shared/teams/plain-text.ts';
import { account, ask, digest, link, subject } from './card-fixtures.ts';
import { hostileAsk, hostileFollowUp, hostileSubject, hostileText, hostileTexts } from './hostile.ts';
import { runs } from '../../support/effort.ts';

const markdown = new MarkdownIt({ html: true, linkify: true });
const bytesOf = (message: TeamsMessage) => Buffer.byteLength(JSON.stringify(message), 'utf8');

/** Every text in a card by the type of its element. */
function textsOf(value: unknown, type: string): string[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  const own = (value as { type?: string }).type === type ? [(value as { text: string }).text] : [];
  return [...own, ...Object.values(value).flatMap((member) => textsOf(member, type))];
}

const hostileMessage = fc.oneof(
  hostileAsk.map(askCard),
  fc
    .tuple(fc.array(hostileSubject, { maxLength: 60 }), hostileText)
    .map(([subjects, text]) =>
      digestCard({ kind: 'storm', subjects, subscription: { id: text, name: text }, link }),
    ),
  fc
    .tuple(hostileSubject, hostileFollowUp)
    .map(([about, followUp]) => followUpCard({ subject: about, followUp, link })),
  fc
    .array(fc.record({ subject: hostileSubject, followUp: hostileFollowUp }), { maxLength: 60 })
    .map((told) => followUpsCard({ told, link })),
);

describe('a text that others wrote', () => {
  it.each(hostileTexts)(
    'number %# makes no link, image, tag or mention, even where a host reads Markdown',
    (text) => {
      const html = markdown.render(plainText(text, 300));
      expect(html).not.toMatch(/<(?!\/?(?:p|em|strong|code|s|h\d|ul|ol|li|blockquote|hr)\b)/);
      expect(plainText(text, 300)).not.toMatch(/[\p{Cc}\u2028\u202e]|\{\{/u);
    },
  );

  it('is one line without links, of no more than its length, whatever it was', () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 5, max: 400 }), (text, most) => {
        const plain = plainText(text, most);
        expect(markdown.render(plain)).not.toMatch(/<(a|img|at|script)\b/i);
        expect(Array.from(plain.replaceAll('\u200b', '')).length).toBeLessThanOrEqual(most);
        expect(plain).not.toMatch(/[\r\n\u2028\u2029]/);
      }),
      { numRuns: runs(500) },
    );
  });

  it('stays as it was where it is harmless', () => {
    for (const text of [
      'rg-models',
      'Maria Keller',
      'a (b) [c] 10.0.0.4/24 1.2',
      'Zoë, 東京, R & D',
      '"Enabled"',
    ]) {
      expect(plainText(text, 100)).toBe(text);
    }
  });
});

describe('a card', () => {
  it('of a closure says who else wrote, and nothing where nobody did', () => {
    const [subject] = fc.sample(hostileSubject, 1);
    const factsOf = (otherWriters: readonly string[]) =>
      JSON.stringify(
        subject &&
          followUpCard({ subject, followUp: { kind: 'closed', reason: 'fixed', otherWriters }, link }),
      );
    expect(factsOf(['the owner', 'somebody'])).toContain('the owner, somebody');
    expect(factsOf(['the owner'])).toContain('it may be theirs');
    expect(factsOf([])).not.toContain('it may be theirs');
  });

  it('is under 20,000 bytes as a whole message, whatever the change is', () => {
    fc.assert(
      fc.property(hostileMessage, (message) => {
        expect(bytesOf(message)).toBeLessThan(20_000);
      }),
      { numRuns: runs(300) },
    );
  });

  it('is under 20,000 bytes at the worst of everything', () => {
    const worst = '"'.repeat(9_000);
    for (const text of [worst, '.é'.repeat(4_000), '\u{1f4a3}'.repeat(9_000), '\\'.repeat(9_000)]) {
      const many = Array.from({ length: 200 }, (_, index) => [`${index}${text}`, { is: text }] as const);
      const step = {
        kind: 'storage-account-update' as const,
        target: text,
        before: Object.fromEntries(many),
        after: Object.fromEntries(many),
      };
      const actors = Array.from({ length: 50 }, () => ({ name: text, appName: text }));
      const message = askCard({
        subject: {
          heading: { before: 'Undo on ', name: text, after: text },
          shortHeading: text,
          title: text,
          subscriptionName: text,
          data: {
            ...subject.data,
            resource: `${account}/${text}/${text}`,
            opener: { grade: 'candidates', actors },
          },
        },
        proposal: {
          steps: Array.from({ length: 50 }, () => step as never),
          impact: text,
          undo: { kind: 'none', note: text },
        },
        approvers: Array.from({ length: 200 }, () => text),
        expires: text,
        because: text,
        link: `https://leakstop.example/decide?token=${'a'.repeat(3_900)}`,
      });
      expect(bytesOf(message)).toBeLessThan(20_000);
      expect(JSON.stringify(message)).toContain('more, shown before you decide');
    }
  });

  it('has words of ours alone where a host reads Markdown', () => {
    const words = new Set<string>();
    fc.assert(
      fc.property(hostileMessage, (message) => {
        textsOf(message, 'TextBlock').forEach((text) => words.add(text.replace(/\d+/g, 'N')));
      }),
      { numRuns: runs(200) },
    );
    for (const text of words) {
      expect(text).toMatch(/^[A-Z][A-Za-z ,:]{2,80}$/);
    }
  });

  it('has one button, which opens our link, and no other action', () => {
    fc.assert(
      fc.property(hostileMessage, (message) => {
        const text = JSON.stringify(message);
        expect(text.match(/"type":"Action\.[A-Za-z.]+"/g)).toEqual(['"type":"Action.OpenUrl"']);
        expect(message.attachments[0].content.actions).toMatchObject([{ url: link }]);
        expect(text).not.toMatch(/"(selectAction|url)":"(?!https:\/\/leakstop\.example)/);
      }),
      { numRuns: runs(100) },
    );
  });

  it('refuses a link that is not https', () => {
    for (const wrong of [
      'http://leakstop.example/',
      'javascript:alert(1)',
      'https://user@leakstop.example/',
      '',
    ]) {
      expect(() => askCard({ ...ask, link: wrong })).toThrow('expected an https address');
    }
  });

  it('says of a property that is called as objects inherit it that it is not known', () => {
    const [step] = ask.proposal.steps;
    const odd = { ...step, before: {}, after: { toString: { is: 1 } } };
    const card = askCard({ ...ask, proposal: { ...ask.proposal, steps: [odd as never] } });
    expect(textsOf(card, 'TextRun').join('')).toContain('not known');
  });

  it('tells what a person needs to decide', () => {
    const runs = textsOf(askCard(ask), 'TextRun').join('\n').replaceAll('\u200b', '');
    for (const expected of [
      'acmemodelweights answers on public networks',
      'Storage account refuses traffic from public networks',
      'High, open right now',
      'acmemodelweights',
      'rg-models',
      'Research production (11111111-1111-4111-8111-111111111111)',
      'between 24 Nov 2026 20:10 UTC and 24 Nov 2026 20:12 UTC',
      'maria.keller@contoso.com through Azure Portal',
      'proven',
      'properties.publicNetworkAccess',
      '"Enabled"\n → \n"Disabled"',
      'not set\n → \nfalse',
      'cut off',
      'Yes, but not exactly',
      'Jonas Weber',
      '25 Nov 2026 20:12 UTC',
    ]) {
      expect(runs).toContain(expected);
    }
  });

  it.each<[Opener, RegExp]>([
    [{ grade: 'candidates', actors: [{ name: 'a' }, { appId: 'b' }] }, /Not certain.*\na\napplication b/],
    [{ grade: 'unknown' }, /Not known/],
  ])('says how sure it is who opened it: %j', (opener, words) => {
    const message = askCard({ ...ask, subject: { ...subject, data: { ...subject.data, opener } } });
    expect(textsOf(message, 'TextRun').join('\n')).toMatch(words);
  });

  it('says when nobody may decide', () => {
    expect(JSON.stringify(askCard({ ...ask, approvers: [] }))).toContain(
      'Nobody: the policy names no approver',
    );
  });

  it('counts every case of a digest, and names the worst', () => {
    const runs = textsOf(digestCard(digest), 'TextRun');
    const counts = runs.flatMap((text) => /^(\d+) × /.exec(text)?.[1] ?? []).map(Number);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(37);
    expect(runs.join('')).toContain('and 27 more');
    expect(runs.filter((text) => text.includes('(Critical')).length).toBe(9);
  });
});
