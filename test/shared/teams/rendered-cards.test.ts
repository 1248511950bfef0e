import { AxeBuilder } from '@axe-core/playwright';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askCard } from '../../../shared/teams/ask-card.ts';
import { digestCard } from '../../../shared/teams/digest-card.ts';
import { followUpCard } from '../../../shared/teams/follow-up-card.ts';
import type { Ask } from '../../../shared/teams/ask-card.ts';
import { type CardRenderer, startCardRenderer } from '../../support/card-renderer.ts';
import { account, ask, digest, link, subject } from './card-fixtures.ts';
import { hostileAsk, hostileTexts } from './hostile.ts';
import { runs } from '../../support/effort.ts';

let renderer: CardRenderer;
beforeAll(async () => {
  renderer = await startCardRenderer();
});
afterAll(() => renderer.stop());

const cards = {
  ask: askCard(ask),
  digest: digestCard(digest),
  decided: followUpCard({
    subject,
    link,
    followUp: {
      kind: 'decided',
      verdict: 'deny',
      by: 'J',
      reason: 'r',
      until: '2026-11-28T00:00:00Z',
      given: 2,
    },
  }),
};
const everywhere = Object.entries(cards).flatMap(([name, message]) =>
  (['light', 'dark'] as const).flatMap((theme) =>
    [640, 340].map((width) => ({ name, theme, width, card: message.attachments[0].content })),
  ),
);

/** A case in which everything that others wrote is one text. */
function askOf(text: string): Ask {
  const conditions = { [text]: { is: text } };
  return {
    ...ask,
    subject: {
      heading: { before: '', name: text, after: ` ${text}` },
      shortHeading: text,
      title: text,
      subscriptionName: text,
      data: {
        ...subject.data,
        resource: `${account}/blobServices/default/containers/${text}`,
        opener: { grade: 'candidates', actors: [{ name: text, appName: text }, { objectId: text }] },
      },
    },
    proposal: {
      steps: [{ kind: 'blob-container-update', target: text, before: conditions, after: conditions }],
      impact: text,
      undo: { kind: 'default', note: text },
    },
    approvers: [text, text],
    because: text,
  };
}

describe('a card as it is rendered', () => {
  it.each(everywhere)(
    '$name, $theme, $width pixels wide: whole, and readable',
    async ({ card, theme, width }) => {
      const rendered = await renderer.render(card, { theme, width });
      expect(rendered).toMatchObject({ clipped: [], complaints: [], foreign: [] });
      expect(rendered.links).toHaveLength(1);
      const { violations } = await new AxeBuilder({ page: renderer.page }).include('#card').analyze();
      // The default button of the renderer stands in for that of Teams.
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`)).toEqual([]);
    },
  );

  it.each([false, true])(
    'has our link alone, whatever others wrote (Markdown everywhere: %s)',
    async (markdownEverywhere) => {
      for (const text of hostileTexts) {
        const [{ content }] = askCard(askOf(text)).attachments;
        const rendered = await renderer.render(content, { markdownEverywhere, width: 340 });
        expect(rendered, text).toMatchObject({ links: [link], foreign: [], complaints: [], clipped: [] });
      }
    },
  );

  it('has our link alone, and is a card, whatever the case is', async () => {
    await fc.assert(
      fc.asyncProperty(hostileAsk, async (given) => {
        const [{ content }] = askCard(given).attachments;
        const rendered = await renderer.render(content, { markdownEverywhere: true });
        expect(rendered).toMatchObject({ links: [link], foreign: [], complaints: [] });
      }),
      { numRuns: runs(5) },
    );
  });
});
