import { DateTime } from 'luxon';
import type { CaseData, Opener } from '../case/case-data.ts';
import type { Change } from '../contract/change.ts';
import type { Condition } from '../contract/condition.ts';
import { parseResourceId } from '../resource-id.ts';
import { type CardElement, type Detail, fact, firstOf, givenFact, type Run } from './card-parts.ts';
import { plainText } from './plain-text.ts';

/** What a card tells of a case. */
export interface CardSubject {
  /** What the control wants, as one sentence; its id where the control is not known any more. */
  readonly title: string;
  readonly data: Pick<
    CaseData,
    'resource' | 'severity' | 'exposure' | 'witnessed' | 'lastSeenInSync' | 'firstSeenDrifted' | 'opener'
  >;
}

/** A moment for people, such as `24 Nov 2026 20:15 UTC`. */
export function momentText(time: string): string {
  const moment = DateTime.fromISO(time, { zone: 'utc', locale: 'en' });
  return moment.isValid ? moment.toFormat("d LLL yyyy HH:mm 'UTC'") : 'at a time that cannot be read';
}

const severities = { low: 'Low', medium: 'Medium', high: 'High', critical: 'Critical' } as const;
const exposures = {
  real: 'open right now',
  latent: 'behind another door that is still closed',
} as const;

/** How bad it is. */
export function severityText({
  severity,
  exposure,
}: Pick<CaseData, 'severity'> & { readonly exposure?: CaseData['exposure'] }): string {
  return exposure === undefined ? severities[severity] : `${severities[severity]}, ${exposures[exposure]}`;
}

/** The control's sentence as what is not so: the head of every card about one case. */
export function titleRun({ title }: CardSubject, { sentence }: Detail): Run {
  return { text: plainText(title, Math.min(sentence, 200)), isStrong: true };
}

/** Name, group and subscription of a resource. */
export function resourceFacts(resource: string, { name }: Detail): readonly CardElement[] {
  const { names, group, subscription } = placeOf(resource);
  return [
    givenFact('Resource', names, name),
    ...(group === undefined ? [] : [givenFact('Group', group, name)]),
    ...(subscription === undefined ? [] : [givenFact('Subscription', subscription, 36)]),
  ];
}

/** Where a resource is, in words: its names without types, such as `models / weights`. */
export function placeOf(resource: string): {
  readonly names: string;
  readonly group?: string;
  readonly subscription?: string;
} {
  try {
    const { text, resourceGroup, subscriptionId } = parseResourceId(resource);
    const path = text.split(/\/providers\//i).at(-1) ?? text;
    const names = path
      .split('/')
      .slice(1)
      .filter((part, index) => index % 2 === 1 && part.toLowerCase() !== 'default');
    return {
      names: names.join(' / ') || text,
      subscription: subscriptionId,
      ...(resourceGroup === undefined ? {} : { group: resourceGroup }),
    };
  } catch {
    return { names: resource };
  }
}

/** Since when it is open: an interval, or what is known of it. */
export function sinceText({ data }: CardSubject): string {
  const seen = momentText(data.firstSeenDrifted);
  if (data.lastSeenInSync !== undefined) {
    return `Opened between ${momentText(data.lastSeenInSync)} and ${seen}`;
  }
  return data.witnessed
    ? `First seen open ${seen}`
    : `First seen open ${seen}; it may have stood open for long before that`;
}

/** Who opened it and how sure that is. */
export function openerRuns(opener: Opener, { name, entries }: Detail): readonly (readonly Run[])[] {
  switch (opener.grade) {
    case 'proven':
      return [
        [
          { text: actorText(opener.actor, name), isStrong: true },
          { text: ' (proven: the only write in that time)' },
        ],
      ];
    case 'candidates':
      return [
        [{ text: 'Not certain: one of those who wrote in that time, or somebody else' }],
        ...firstOf(
          opener.actors,
          Math.min(entries, 5),
          (actor): readonly Run[] => [{ text: actorText(actor, name) }],
          (text) => [{ text }],
        ),
      ];
    case 'unknown':
      return [[{ text: 'Not known' }]];
  }
}

/** Microsoft's own clients, whose ids are the same in every tenant. */
const knownApps: Readonly<Record<string, string>> = {
  '04b07795-8ddb-461a-bbee-02f9e1bf7b46': 'Azure CLI',
  '1950a258-227b-4e31-a9cf-717495945fc2': 'Azure PowerShell',
  'c44b4083-3bb0-49c1-b47d-974e53cbdf3c': 'Azure portal',
};

function knownApp(id: unknown): string | undefined {
  return typeof id === 'string' && Object.hasOwn(knownApps, id) ? knownApps[id] : undefined;
}

/** A person or an application, by name where there is one. */
export function actorText(actor: Readonly<Record<string, unknown>>, most: number): string {
  const text = (key: string): string | undefined =>
    typeof actor[key] === 'string' && actor[key] !== '' ? plainText(actor[key], most) : undefined;
  const [name, app] = [text('name'), text('appName') ?? knownApp(actor.appId) ?? text('appId')];
  if (name !== undefined) {
    return app === undefined ? name : `${name} through ${app}`;
  }
  const id = text('objectId');
  return app === undefined ? (id ?? 'somebody without a name') : `application ${app}`;
}

/** A value before or after, as JSON: `"true"` is not `true`. */
export function conditionText(condition: Condition | undefined, most: number): string {
  if (condition === undefined) {
    return 'not known';
  }
  return 'absent' in condition ? 'not set' : plainText(JSON.stringify(condition.is), most);
}

/** Whether the change can be taken back. */
export function undoText(undo: Change['undo'] | undefined, { sentence }: Detail): string {
  switch (undo?.kind) {
    case undefined:
      return 'Not known';
    case 'exact':
      return undo.note === undefined ? 'Yes, exactly' : `Yes. ${plainText(undo.note, sentence)}`;
    case 'default':
      return `Yes, but not exactly. ${plainText(undo.note, sentence)}`;
    case 'none':
      return `No. ${plainText(undo.note, sentence)}`;
  }
}

/** Facts that every card about one case begins with. */
export function caseFacts(subject: CardSubject, detail: Detail): readonly CardElement[] {
  return [
    fact('Severity', [{ text: severityText(subject.data) }]),
    ...resourceFacts(subject.data.resource, detail),
  ];
}
