import type { CaseData, Opener } from '../case/case-data.ts';
import { actorText } from '../words/actor.ts';
import { capitalised } from '../words/capital.ts';
import { controlTitle, type ControlWords } from '../words/control.ts';
import type { ShowGiven } from '../words/given.ts';
import { caseHeading, type Heading, shortHeading } from '../words/heading.ts';
import { openerWords, sinceText } from '../words/opener.ts';
import { type NameOfSubscription, placeOf, subscriptionText } from '../words/place.ts';
import { severityText } from '../words/severity.ts';
import { type CardElement, type Detail, fact, firstOf, givenFact, type Run } from './card-parts.ts';
import { plainText } from './plain-text.ts';

/** The facts about a case for its card. */
export interface CardSubject {
  /** The drift, or the state that an undo would end. */
  readonly heading: Heading;
  /** The same heading without the name of the resource. */
  readonly shortHeading: string;
  /** The state that the control keeps, as one sentence. */
  readonly title: string;
  /** The display name of the resource's subscription. */
  readonly subscriptionName: string | undefined;
  readonly data: Pick<
    CaseData,
    'resource' | 'severity' | 'exposure' | 'witnessed' | 'lastSeenInSync' | 'firstSeenDrifted' | 'opener'
  > &
    Pick<CaseData, 'control'> &
    Partial<Pick<CaseData, 'undo'>>;
}

export function cardSubject(
  controls: readonly ControlWords[],
  data: CardSubject['data'] & Pick<CaseData, 'differences'>,
  nameOf: NameOfSubscription = () => undefined,
): CardSubject {
  return {
    heading: caseHeading(controls, data),
    shortHeading: shortHeading(controls, data),
    title: controlTitle(controls, data.control),
    subscriptionName: nameOf(placeOf(data.resource).subscription ?? ''),
    data,
  };
}

/** Lays out a text that others wrote, in at most `most` characters. */
function upTo(most: number): ShowGiven {
  return (text) => plainText(text, most);
}

/** The drift of a case: the head of every card about one case. */
export function headingRun({ heading }: CardSubject, { name, sentence }: Detail): Run {
  const { before, name: resource, after } = heading;
  // The text after the name may repeat a value, or the id of a control that this version does not know.
  const text = `${before}${plainText(resource, name)}${spaced(after)}${plainText(after, Math.min(sentence, 200))}`;
  return { text, isStrong: true };
}

function spaced(after: string): string {
  return after.startsWith(' ') ? ' ' : '';
}

/** Name, group and subscription of a resource. */
function resourceFacts({ data, subscriptionName }: CardSubject, { name }: Detail): readonly CardElement[] {
  const { name: resource, group, subscription } = placeOf(data.resource);
  return [
    givenFact('Resource', resource, name),
    ...(group === undefined ? [] : [givenFact('Group', group, name)]),
    ...(subscription === undefined ? [] : [subscriptionFact(subscription, subscriptionName, name)]),
  ];
}

export function subscriptionFact(id: string, name: string | undefined, most: number): CardElement {
  return fact('Subscription', [{ text: subscriptionText(id, () => name, upTo(Math.max(36, most))) }]);
}

/** The time since which the drift is open, as far as it is known. */
export function sinceRun({ data }: CardSubject): Run {
  return { text: capitalised(sinceText(data)) };
}

/** The opener of a drift, and how certain the attribution is. */
export function openerRuns(opener: Opener, { name, entries }: Detail): readonly (readonly Run[])[] {
  const { actors, certainty } = openerWords(opener);
  const [first] = actors;
  if (opener.grade === 'proven' && first !== undefined) {
    return [[{ text: actorText(first, upTo(name)), isStrong: true }, { text: ` (${certainty})` }]];
  }
  const shown = firstOf(
    actors,
    Math.min(entries, 5),
    (actor): readonly Run[] => [{ text: actorText(actor, upTo(name)) }],
    (text) => [{ text }],
  );
  return [[{ text: capitalised(certainty) }], ...shown];
}

/** The facts with which every card about one case begins. */
export function caseFacts(subject: CardSubject, detail: Detail): readonly CardElement[] {
  return [
    fact('Severity', [{ text: severityText(subject.data) }]),
    ...resourceFacts(subject, detail),
    givenFact('Wanted', subject.title, Math.min(detail.sentence, 200)),
  ];
}
