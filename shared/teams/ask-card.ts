import type { Change } from '../contract/change.ts';
import type { Step } from '../contract/step.ts';
import { capitalised } from '../words/capital.ts';
import { moment } from '../words/moment.ts';
import { placeOf } from '../words/place.ts';
import { type ChangeLine, otherTarget, shownText, stepLines } from '../words/step.ts';
import { undoAnswer } from '../words/undo.ts';
import {
  type Card,
  cardOf,
  type CardElement,
  type Detail,
  fact,
  firstOf,
  fittingMessage,
  givenFact,
  paragraph,
  type Run,
  subheading,
  type TeamsMessage,
} from './card-parts.ts';
import { type CardSubject, caseFacts, headingRun, openerRuns, sinceRun } from './case-facts.ts';
import { plainText } from './plain-text.ts';

/** A change about which a person is asked. */
export interface Ask {
  readonly subject: CardSubject;
  /** The change and its consequences, as the decision is bound to them. */
  readonly proposal: {
    readonly steps: readonly Step[];
    readonly impact: string;
    readonly undo: Change['undo'] | undefined;
  };
  /** Labels of the people who may decide. */
  readonly approvers: readonly string[];
  /** End of the time to answer, ISO 8601. */
  readonly expires: string | undefined;
  /** The reason for asking a person, in our words. */
  readonly because?: string;
  /** The fate of the earlier question, if this one repeats it. */
  readonly again?: 'expired' | 'changed';
  /** True if the change takes back a change of ours, which opens the leak again. */
  readonly isUndo?: boolean;
  readonly link: string;
}

const headings = {
  first: 'A leak is open: your decision is needed',
  expired: 'Asked again: nobody decided in time',
  changed: 'Asked again: what would change is no longer the same',
  undo: 'An undo is asked for: it would open a leak again',
} as const;

/** The card that asks about one change. */
export function askCard(ask: Ask): TeamsMessage {
  return fittingMessage((detail) => buildAsk(ask, detail));
}

function buildAsk(ask: Ask, detail: Detail): Card {
  const { subject, proposal, link } = ask;
  const { sentence } = detail;
  return cardOf(
    {
      heading: headings[ask.again ?? (ask.isUndo ? 'undo' : 'first')],
      mood: 'attention',
      button: 'Review and decide',
      link,
    },
    [
      paragraph(headingRun(subject, detail)),
      ...caseFacts(subject, detail),
      fact('Since', [sinceRun(subject)]),
      fact('Opened by', ...openerRuns(subject.data.opener, detail)),
      ...(ask.because === undefined ? [] : [givenFact('Asked because', capitalised(ask.because), sentence)]),
      subheading('What would change'),
      ...changeLines(subject.data.resource, proposal.steps, detail),
      givenFact('May stop working', proposal.impact, sentence),
      fact('Can be undone', [{ text: undoAnswer(proposal.undo, (note) => plainText(note, sentence)) }]),
      subheading('Who decides'),
      fact('May decide', ...approverLines(ask.approvers, detail)),
      fact('Until', [{ text: ask.expires === undefined ? 'No end' : moment(ask.expires), isStrong: true }]),
    ],
  );
}

/** One line of a change, and its target if that is another resource. Only lines that are shown become text. */
interface PlacedLine {
  readonly line: ChangeLine;
  readonly elsewhere: string | undefined;
}

/** Each property with its value before and after. */
function changeLines(resource: string, steps: readonly Step[], detail: Detail): readonly CardElement[] {
  const changes = steps.flatMap((step): PlacedLine[] => {
    const elsewhere = otherTarget(step, resource);
    return stepLines(step).map((line) => ({ line, elsewhere }));
  });
  const lines = firstOf(
    changes,
    detail.entries,
    (change) => paragraph(...lineRuns(change, detail)).withSpacing('Small'),
    (text) => paragraph({ text: `${text}, shown before you decide`, isStrong: true }),
  );
  return lines.length === 0 ? [paragraph({ text: 'Nothing' })] : lines;
}

function lineRuns({ line: { what, from, to }, elsewhere }: PlacedLine, { name }: Detail): readonly Run[] {
  const most = Math.min(2 * name, 160);
  return [
    ...(elsewhere === undefined ? [] : [{ text: `On ${plainText(placeOf(elsewhere).name, name)}: ` }]),
    { text: plainText(what, name), isCode: true },
    { text: ': ' },
    { text: plainText(shownText(from), most), isCode: true },
    { text: ' → ' },
    { text: plainText(shownText(to), most), isCode: true, isStrong: true },
  ];
}

function approverLines(approvers: readonly string[], { name, entries }: Detail): readonly (readonly Run[])[] {
  if (approvers.length === 0) {
    return [[{ text: 'Nobody: the policy names no approver for this resource', isStrong: true }]];
  }
  return firstOf(
    approvers,
    Math.min(entries, 6),
    (label): readonly Run[] => [{ text: plainText(label, name) }],
    (text) => [{ text }],
  );
}
