import type { LedgerEntry } from '../story/ledger-reader.ts';

/** What the words rest on that entries do not carry. */
export interface Dictionary {
  readonly titleOf: (control: string) => string;
  /** Display name of a principal by its object id. */
  readonly nameOf: (objectId: string) => string | undefined;
}

type Payload = LedgerEntry['payload'];

/** A member as text; undefined where it is absent, says nothing or is no text, number or truth value. */
export function textOf(payload: Payload, name: string): string | undefined {
  const value = payload[name];
  const isSaid =
    typeof value === 'string' ? value.trim() !== '' : ['number', 'boolean'].includes(typeof value);
  return isSaid ? show(value) : undefined;
}

/** A member as an object; an empty one for anything else. */
export function objectOf(payload: Payload, name: string): Payload {
  return asObject(payload[name]);
}

/** The objects in a list; none for anything else. */
export function objectsOf(payload: Payload, name: string): readonly Payload[] {
  const value = payload[name];
  return Array.isArray(value) ? value.map(asObject) : [];
}

function asObject(value: unknown): Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Payload) : {};
}

/** Parts that say something, one behind the other. */
export function joined(parts: readonly (string | undefined)[], between = ', '): string | undefined {
  const said = parts.filter((part) => part !== undefined && part.trim() !== '');
  return said.length === 0 ? undefined : said.join(between);
}

/** A head with what it is about behind a colon; the head alone where there is nothing to say. */
export function about(head: string, text: string | undefined): string {
  return text === undefined ? head : `${head}: ${text}`;
}

/** A value for people: a text as it is, where it says something, and everything else as JSON. */
export function show(value: unknown): string {
  if (value === undefined) {
    return 'absent';
  }
  if (typeof value === 'string') {
    return value.trim() === '' ? 'empty' : value;
  }
  return JSON.stringify(value);
}

/** A moment for people, such as `24 Nov 15:04`, by the clock of this machine. */
export function momentOf(payload: Payload, name: string): string | undefined {
  const time = new Date(textOf(payload, name) ?? '');
  return Number.isNaN(time.getTime())
    ? undefined
    : time.toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
}

/** What a resource is and should be; undefined where nothing is said to differ. */
export function differencesOf(payload: Payload): string | undefined {
  return joined(
    objectsOf(payload, 'differences').map((one) => {
      const path = textOf(one, 'path');
      return path && `${shortPath(path)} is ${show(one.actual)}, should be ${show(one.desired)}`;
    }),
  );
}

/** What a change makes of a resource. */
export function changeOf(payload: Payload): string | undefined {
  const wanted = objectsOf(objectOf(payload, 'change'), 'steps').flatMap((step) =>
    Object.entries(objectOf(step, 'after')),
  );
  return joined(wanted.map(([path, after]) => `${shortPath(path)} → ${show(asObject(after).is)}`));
}

/** Who opened it, and how sure that is; undefined where nobody is named. */
export function openerOf(payload: Payload, { nameOf }: Dictionary): string | undefined {
  const opener = objectOf(payload, 'opener');
  const actors = [...objectsOf(opener, 'actors'), ...('actor' in opener ? [objectOf(opener, 'actor')] : [])];
  const names = joined(
    actors.map((actor) => nameOfActor(actor, nameOf)),
    ' or ',
  );
  return names && `opened by ${names} (${opener.grade === 'proven' ? 'proven' : 'candidate'})`;
}

/** Who else wrote while a change was made; undefined where nobody did. */
export function otherWritersOf(payload: Payload, { nameOf }: Dictionary): string | undefined {
  return joined([...new Set(objectsOf(payload, 'otherWriters').map((actor) => nameOfActor(actor, nameOf)))]);
}

function nameOfActor(actor: Payload, nameOf: Dictionary['nameOf']): string {
  return nameOf(textOf(actor, 'objectId') ?? '') ?? textOf(actor, 'name') ?? 'somebody';
}

function shortPath(path: string): string {
  return path.replace(/^properties\.(?=.)/, '');
}
