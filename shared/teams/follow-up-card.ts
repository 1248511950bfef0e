import type { Verdict } from '../case/decision.ts';
import type { EscalationReason } from '../case/case-data.ts';
import type { Obstacle } from '../case/obstacle.ts';
import type { CloseReason } from '../ledger/format/states.ts';
import {
  type Card,
  cardOf,
  type CardElement,
  type Detail,
  fact,
  firstOf,
  fittingMessage,
  givenFact,
  type Mood,
  paragraph,
  type TeamsMessage,
} from './card-parts.ts';
import { type CardSubject, caseFacts, momentText, placeOf, titleRun } from './case-words.ts';
import { plainText } from './plain-text.ts';

/** What became of a case that people were asked about, or were told of. */
export type FollowUp =
  | {
      readonly kind: 'decided';
      readonly verdict: Verdict;
      readonly by: string;
      readonly reason: string;
      /** ISO 8601. */
      readonly until: string | undefined;
      /** How many people have said the same by now. */
      readonly given: number;
    }
  | { readonly kind: 'voided'; readonly why: string | undefined }
  | {
      readonly kind: 'closed';
      readonly reason: CloseReason | undefined;
      /** Who else wrote to the resource while the change was made. */
      readonly otherWriters?: readonly string[];
    }
  | { readonly kind: 'held'; readonly obstacle: Obstacle }
  | { readonly kind: 'failed'; readonly message: string | undefined; readonly obstacle?: Obstacle }
  | { readonly kind: 'stuck'; readonly message: string | undefined }
  | {
      readonly kind: 'escalated';
      readonly reason: EscalationReason | undefined;
      readonly owner: string | undefined;
      readonly due: string | undefined;
      readonly obstacle?: Obstacle;
    };

/** A follow-up and the case that it is about. */
export interface ToldCase {
  readonly subject: CardSubject;
  readonly followUp: FollowUp;
}

const verdictWords: Readonly<Record<Verdict, readonly [heading: string, mood: Mood]>> = {
  approve: ['Approved: the leak is being closed', 'accent'],
  deny: ['Denied: the leak stays open for a time', 'warning'],
  exempt: ['Exempted: the leak stays open for a time', 'warning'],
  undo: ['To be undone: the leak is opened again for a time', 'warning'],
};

const closedWords: Readonly<Record<CloseReason, string>> = {
  fixed: 'Closed: the change was made and verified',
  gone: 'Closed: the resource is gone',
  'fixed-by-others': 'Closed: somebody else mended it',
  exempt: 'Closed: it is exempt',
  undone: 'Undone: the change was taken back',
};

const escalationWords: Readonly<Record<EscalationReason, string>> = {
  'past-due': 'Escalated: nobody dealt with it in time',
  'tug-of-war': 'Escalated: something opens it again and again',
  'not-verifiable': 'Escalated: it changes faster than it can be verified',
  unanswered: 'Escalated: nobody answered in time',
};

/** The heading of a follow-up, in our words. */
export function headingOf(followUp: FollowUp): readonly [heading: string, mood: Mood] {
  switch (followUp.kind) {
    case 'decided':
      return verdictWords[followUp.verdict];
    case 'voided':
      return ['Void: what was decided no longer counts', 'warning'];
    case 'closed':
      return [followUp.reason === undefined ? 'Closed' : closedWords[followUp.reason], 'good'];
    case 'held':
      return ['Held: the leak stays open, because Azure forbids the change', 'attention'];
    case 'failed':
      return ['Failed: the leak could not be closed', 'attention'];
    case 'stuck':
      return ['Stuck: a person has to look at it', 'attention'];
    case 'escalated':
      return [followUp.reason === undefined ? 'Escalated' : escalationWords[followUp.reason], 'attention'];
  }
}

/** The card that tells what became of one case. */
export function followUpCard({
  subject,
  followUp,
  link,
}: ToldCase & { readonly link: string }): TeamsMessage {
  const [heading, mood] = headingOf(followUp);
  return fittingMessage((detail) =>
    cardOf({ heading, mood, button: 'Open the case', link }, [
      paragraph(titleRun(subject, detail)),
      ...caseFacts(subject, detail),
      ...followUpFacts(followUp, detail),
    ]),
  );
}

function followUpFacts(followUp: FollowUp, { name, sentence }: Detail): readonly CardElement[] {
  const given = (label: string, text: string | undefined, most = sentence): readonly CardElement[] =>
    text === undefined || text === '' ? [] : [givenFact(label, text, most)];
  const moment = (label: string, time: string | undefined): readonly CardElement[] =>
    time === undefined ? [] : [fact(label, [{ text: momentText(time) }])];
  switch (followUp.kind) {
    case 'decided':
      return [
        ...given('Decided by', followUp.by, name),
        ...(followUp.given > 1 ? [fact('In all', [{ text: `${followUp.given} people have said so` }])] : []),
        ...given('Reason', followUp.reason),
        ...moment('Until', followUp.until),
      ];
    case 'voided':
      return given('Why', followUp.why);
    case 'closed':
      return given('Also wrote in between, so it may be theirs', followUp.otherWriters?.join(', '));
    case 'held':
      return obstacleFacts(followUp.obstacle, sentence);
    case 'failed':
      return followUp.obstacle === undefined
        ? given('Why', followUp.message)
        : obstacleFacts(followUp.obstacle, sentence);
    case 'stuck':
      return given('Why', followUp.message);
    case 'escalated':
      return [
        ...given('Answers for it', followUp.owner, name),
        ...moment('Was due', followUp.due),
        ...(followUp.obstacle === undefined ? [] : obstacleFacts(followUp.obstacle, sentence)),
      ];
  }
}

function obstacleFacts({ what, mend, sooner, until }: Obstacle, most: number): readonly CardElement[] {
  const later = until === undefined ? '' : `${momentText(until.toISOString())}, or `;
  return [
    givenFact('Stopped by', what, most),
    givenFact('What ends it', mend, most),
    givenFact('Looked at again', `${later}at once when ${sooner}`, most),
  ];
}

/** Many follow-ups, told as one: how many of each, and the first of them. */
export function followUpsCard({
  told,
  link,
}: {
  readonly told: readonly ToldCase[];
  readonly link: string;
}): TeamsMessage {
  return fittingMessage((detail) => buildFollowUps(told, link, detail));
}

function buildFollowUps(told: readonly ToldCase[], link: string, detail: Detail): Card {
  const counts = [...Map.groupBy(told, ({ followUp }) => headingOf(followUp)[0])];
  const worst = told.some(({ followUp }) => headingOf(followUp)[1] === 'attention');
  const heading = `What became of ${told.length} cases`;
  return cardOf({ heading, mood: worst ? 'attention' : 'accent', button: 'Open the list', link }, [
    ...counts.map(([words, members]) =>
      paragraph({ text: `${members.length} × `, isStrong: true }, { text: words }),
    ),
    ...firstOf(
      told,
      Math.min(10, detail.entries),
      ({ subject, followUp }) =>
        paragraph(
          { text: plainText(placeOf(subject.data.resource).names, detail.name), isStrong: true },
          { text: `: ${headingOf(followUp)[0]}` },
        ),
      (text) => paragraph({ text }),
    ),
  ]);
}
