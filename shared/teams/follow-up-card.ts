import type { Verdict } from '../case/decision.ts';
import type { EscalationReason } from '../case/case-data.ts';
import type { Obstacle } from '../case/obstacle.ts';
import type { CloseReason } from '../ledger/format/states.ts';
import {
  closedText,
  type ConcernedCase,
  escalatedText,
  failedText,
  refusedText,
  stuckText,
  voidedText,
} from '../words/became.ts';
import { capitalised } from '../words/capital.ts';
import { moment } from '../words/moment.ts';
import { againText } from '../words/obstacle.ts';
import { placeOf } from '../words/place.ts';
import { verdictHeadings } from '../words/verdict.ts';
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
  type Run,
  type TeamsMessage,
} from './card-parts.ts';
import { type CardSubject, caseFacts, headingRun } from './case-facts.ts';
import { plainText } from './plain-text.ts';

/** The outcome of a case that people were asked or told about. */
export type FollowUp =
  | {
      readonly kind: 'decided';
      readonly verdict: Verdict;
      readonly by: string;
      readonly reason: string;
      /** ISO 8601. */
      readonly until: string | undefined;
      /** The number of people who have given the same decision by now. */
      readonly given: number;
    }
  | { readonly kind: 'voided'; readonly why: string | undefined }
  | {
      readonly kind: 'closed';
      readonly reason: CloseReason | undefined;
      /** Others who wrote to the resource while the change was made. */
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

/** A follow-up and its case. */
export interface ToldCase {
  readonly subject: CardSubject;
  readonly followUp: FollowUp;
}

const verdictMoods: Readonly<Record<Verdict, Mood>> = {
  approve: 'accent',
  deny: 'warning',
  exempt: 'warning',
  undo: 'warning',
};

/** The heading of a follow-up, and its colour. */
export function headingOf(followUp: FollowUp, about: ConcernedCase): readonly [heading: string, mood: Mood] {
  switch (followUp.kind) {
    case 'decided':
      return [verdictHeadings[followUp.verdict], verdictMoods[followUp.verdict]];
    case 'voided':
      return [voidedText, 'warning'];
    case 'closed':
      return [closedText(followUp.reason), 'good'];
    case 'held':
      return [refusedText, 'attention'];
    case 'failed':
      return [failedText(about), 'attention'];
    case 'stuck':
      return [stuckText, 'attention'];
    case 'escalated':
      return [escalatedText(followUp.reason), 'attention'];
  }
}

/** The card that tells the outcome of one case. */
export function followUpCard({
  subject,
  followUp,
  link,
}: ToldCase & { readonly link: string }): TeamsMessage {
  const [heading, mood] = headingOf(followUp, subject.data);
  return fittingMessage((detail) =>
    cardOf({ heading, mood, button: 'Open the case', link }, [
      paragraph(...(followUp.kind === 'closed' ? [wasWrong] : []), headingRun(subject, detail)),
      ...caseFacts(subject, detail),
      ...followUpFacts(followUp, detail),
    ]),
  );
}

/** A closed case no longer is as its heading says, so the heading is told as the past. */
const wasWrong: Run = { text: 'What was wrong: ' };

/** The part that other writers may have in a closure. */
function writersLabel(reason: CloseReason | undefined): string {
  return reason === 'fixed-by-others'
    ? 'Wrote since the drift was seen'
    : 'Also wrote in between, so it may be theirs';
}

function followUpFacts(followUp: FollowUp, { name, sentence }: Detail): readonly CardElement[] {
  const given = (label: string, text: string | undefined, most = sentence): readonly CardElement[] =>
    text === undefined || text === '' ? [] : [givenFact(label, text, most)];
  const timed = (label: string, time: string | undefined): readonly CardElement[] =>
    time === undefined ? [] : [fact(label, [{ text: moment(time) }])];
  switch (followUp.kind) {
    case 'decided':
      return [
        ...given('Decided by', followUp.by, name),
        ...(followUp.given > 1 ? [fact('In all', [{ text: `${followUp.given} people have said so` }])] : []),
        ...given('Reason', followUp.reason),
        ...timed('Until', followUp.until),
      ];
    case 'voided':
      return given('Why', followUp.why);
    case 'closed':
      return given(writersLabel(followUp.reason), followUp.otherWriters?.join(', '));
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
        ...timed('Was due', followUp.due),
        ...(followUp.obstacle === undefined ? [] : obstacleFacts(followUp.obstacle, sentence)),
      ];
  }
}

function obstacleFacts(obstacle: Obstacle, most: number): readonly CardElement[] {
  return [
    givenFact('Stopped by', obstacle.what, most),
    givenFact('What ends it', obstacle.mend, most),
    givenFact('Looked at again', capitalised(againText(obstacle)), most),
  ];
}

/** Many follow-ups on one card: the count of each kind, and the first cases by name. */
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
  const counts = [...Map.groupBy(told, (each) => headingIn(each)[0])];
  const worst = told.some((each) => headingIn(each)[1] === 'attention');
  const heading = `What became of ${told.length} cases`;
  return cardOf({ heading, mood: worst ? 'attention' : 'accent', button: 'Open the list', link }, [
    ...counts.map(([words, members]) =>
      paragraph({ text: `${members.length} × `, isStrong: true }, { text: words }),
    ),
    ...firstOf(
      told,
      Math.min(10, detail.entries),
      (each) =>
        paragraph(
          { text: plainText(placeOf(each.subject.data.resource).name, detail.name), isStrong: true },
          { text: `: ${headingIn(each)[0]}` },
        ),
      (text) => paragraph({ text }),
    ),
  ]);
}

function headingIn({ subject, followUp }: ToldCase): readonly [heading: string, mood: Mood] {
  return headingOf(followUp, subject.data);
}
