import type { Severity } from '../contract/observation.ts';
import { placeOf } from '../words/place.ts';
import { severityText } from '../words/severity.ts';
import {
  type Card,
  cardOf,
  type Detail,
  firstOf,
  fittingMessage,
  paragraph,
  type Run,
  subheading,
  type TeamsMessage,
} from './card-parts.ts';
import { type CardSubject, subscriptionFact } from './case-facts.ts';
import { plainText } from './plain-text.ts';

/** Many cases that wait for a decision, on one card. */
export interface Digest {
  readonly kind: 'standing' | 'storm' | 'waiting';
  /** Every case of the digest. */
  readonly subjects: readonly CardSubject[];
  /** Present if all cases are in one subscription. */
  readonly subscription?: { readonly id: string; readonly name: string | undefined };
  /** Address of the list of the cases. */
  readonly link: string;
}

const words = {
  standing: {
    heading: 'These stood open before Leakstop watched: your decisions are needed',
    why: 'Nothing of this is closed before somebody decides.',
  },
  waiting: {
    heading: 'These wait for your decisions',
    why: 'They were asked about before messages began.',
  },
  storm: {
    heading: 'Many leaks are open: your decisions are needed',
    why: 'Too many came at once for a card each.',
  },
} as const;

const worstFirst: readonly Severity[] = ['critical', 'high', 'medium', 'low'];
const mostWorst = 10;

/** The card that asks about many cases. */
export function digestCard(digest: Digest): TeamsMessage {
  return fittingMessage((detail) => buildDigest(digest, detail));
}

function buildDigest({ kind, subjects, subscription, link }: Digest, detail: Detail): Card {
  const { heading, why } = words[kind];
  const most = Math.min(mostWorst, detail.entries);
  const sorted = [...subjects].sort((one, other) => rankOf(one) - rankOf(other));
  return cardOf({ heading, mood: 'attention', button: 'Review and decide', link }, [
    paragraph(
      { text: `${subjects.length} ${subjects.length === 1 ? 'case waits' : 'cases wait'}. `, isStrong: true },
      { text: why },
    ),
    ...(subscription === undefined
      ? []
      : [subscriptionFact(subscription.id, subscription.name, detail.name)]),
    subheading('What is wrong'),
    ...firstOf(
      countsOf(subjects),
      detail.entries,
      (group) => paragraph(...countRuns(group, detail)),
      moreLine,
    ),
    subheading(subjects.length > most ? 'The worst' : 'Which'),
    ...firstOf(sorted, most, (subject) => paragraph(...worstRuns(subject, detail)), moreLine),
  ]);
}

function moreLine(text: string) {
  return paragraph({ text });
}

function rankOf({ data }: CardSubject): number {
  return worstFirst.indexOf(data.severity) * 2 + (data.exposure === 'latent' ? 1 : 0);
}

interface Group {
  readonly first: CardSubject;
  readonly count: number;
}

/** The number of cases for each drift and severity, worst and most frequent first. */
function countsOf(subjects: readonly CardSubject[]): readonly Group[] {
  const groups = Map.groupBy(subjects, ({ shortHeading, data }) =>
    JSON.stringify([data.severity, shortHeading]),
  );
  return [...groups.values()]
    .flatMap((members) => {
      const [first] = members;
      return first === undefined ? [] : [{ first, count: members.length }];
    })
    .sort(
      (one, other) =>
        worstFirst.indexOf(one.first.data.severity) - worstFirst.indexOf(other.first.data.severity) ||
        other.count - one.count,
    );
}

function countRuns({ first, count }: Group, { sentence }: Detail): readonly Run[] {
  return [
    { text: `${count} × ${severityText({ severity: first.data.severity })}: `, isStrong: true },
    { text: plainText(first.shortHeading, Math.min(sentence, 160)) },
  ];
}

function worstRuns({ shortHeading, data }: CardSubject, { name, sentence }: Detail): readonly Run[] {
  const { name: resource, group } = placeOf(data.resource);
  return [
    { text: plainText(resource, name), isStrong: true },
    { text: group === undefined ? '' : ` in ${plainText(group, name)}` },
    { text: ` (${severityText(data)}): ` },
    { text: plainText(shortHeading, Math.min(sentence, 160)) },
  ];
}
