import {
  AdaptiveCard,
  Column,
  ColumnSet,
  Container,
  OpenUrlAction,
  RichTextBlock,
  TeamsCardProperties,
  TextBlock,
  TextRun,
} from '@microsoft/teams.cards';
import { RemediationError } from '../errors.ts';
import { plainText } from './plain-text.ts';

/** An Adaptive Card, as data. */
export type Card = AdaptiveCard;
export type CardElement = NonNullable<AdaptiveCard['body']>[number];

/** Limits for texts that others wrote: characters of a name, characters of a sentence, and entries of a list. */
export interface Detail {
  readonly name: number;
  readonly sentence: number;
  readonly entries: number;
}

/** Levels of detail, longest first; the last always fits Teams' size limit. */
const details: readonly Detail[] = [
  { name: 120, sentence: 600, entries: 12 },
  { name: 90, sentence: 300, entries: 10 },
  { name: 60, sentence: 160, entries: 6 },
  { name: 40, sentence: 80, entries: 3 },
  { name: 24, sentence: 40, entries: 2 },
];

/** Teams refuses about 28 KB; some routes to Teams refuse 21 KB. */
const mostBytes = 20_000;

/** The body that a Workflows webhook of Teams accepts. */
export interface TeamsMessage {
  readonly type: 'message';
  readonly attachments: readonly [
    {
      readonly contentType: 'application/vnd.microsoft.card.adaptive';
      readonly contentUrl: null;
      readonly content: Card;
    },
  ];
}

/**
 * The message with as much detail as fits.
 * @throws RemediationError `internal-error` when even the least detail does not fit.
 */
export function fittingMessage(build: (detail: Detail) => Card): TeamsMessage {
  for (const detail of details) {
    const message = messageOf(build(detail));
    if (sizeOf(message) < mostBytes) {
      return message;
    }
  }
  throw new RemediationError('internal-error', `Cannot write a card: expected less than ${mostBytes} bytes`);
}

function messageOf(content: Card): TeamsMessage {
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

function sizeOf(message: TeamsMessage): number {
  return Buffer.byteLength(JSON.stringify(message), 'utf8');
}

/** The meaning of the heading's colour. */
export type Mood = 'accent' | 'attention' | 'good' | 'warning' | 'emphasis';

/**
 * A card with one button. `heading` and `button` are our words. @throws RemediationError for a link that is not https.
 */
export function cardOf(
  { heading, mood, button, link }: { heading: string; mood: Mood; button: string; link: string },
  body: readonly CardElement[],
): Card {
  const title = new TextBlock(heading, { wrap: true, weight: 'Bolder', size: 'Large', style: 'heading' });
  return new AdaptiveCard(new Container(title).withStyle(mood).withBleed(), ...body)
    .with$schema('http://adaptivecards.io/schemas/adaptive-card.json')
    .withVersion('1.4')
    .withFallbackText(heading)
    .withMsteams(new TeamsCardProperties({ width: 'full' }))
    .withActions(new OpenUrlAction(checkedLink(link), { title: button }));
}

const longestLink = 4_000;

function checkedLink(link: string): string {
  const url = URL.parse(link);
  if (url?.protocol !== 'https:' || url.username !== '' || link.length > longestLink) {
    throw new RemediationError('internal-error', 'Cannot write a card: link: expected an https address');
  }
  return url.href;
}

/** One piece of text. Texts that others wrote only ever appear as such runs. */
export interface Run {
  readonly text: string;
  readonly isStrong?: boolean;
  /** Sets the text in a fixed-width font: a path or a value. */
  readonly isCode?: boolean;
}

/** Text that is not read as Markdown. `text` of each run has passed through {@link plainText} or is ours. */
export function paragraph(...runs: readonly Run[]): RichTextBlock {
  return new RichTextBlock().withInlines(
    ...runs.map(({ text, isStrong, isCode }) => {
      const run = new TextRun(text);
      if (isStrong) {
        run.withWeight('Bolder');
      }
      return isCode ? run.withFontType('Monospace') : run;
    }),
  );
}

/** One or more lines under a label. */
export function fact(label: string, ...lines: readonly (readonly Run[])[]): CardElement {
  const name = new TextBlock(label, { wrap: true, weight: 'Bolder' });
  const value = lines.map((runs) => paragraph(...runs).withSpacing('Small'));
  return new ColumnSet()
    .withColumns(new Column(name).withWidth('105px'), new Column(...value).withWidth('stretch'))
    .withSpacing('Small');
}

/** A fact whose value others wrote. */
export function givenFact(label: string, text: string, most: number): CardElement {
  return fact(label, [{ text: plainText(text, most) }]);
}

/** A sentence of ours above a part of the card. */
export function subheading(text: string): CardElement {
  return new TextBlock(text, { wrap: true, weight: 'Bolder', separator: true, spacing: 'Medium' });
}

/** The first items of a list, each made by `show`, and the number of the others. */
export function firstOf<Item, Shown>(
  items: readonly Item[],
  most: number,
  show: (item: Item) => Shown,
  more: (text: string) => Shown,
): readonly Shown[] {
  const shown = items.slice(0, most).map(show);
  const left = items.length - shown.length;
  return left > 0 ? [...shown, more(`and ${left} more`)] : shown;
}
