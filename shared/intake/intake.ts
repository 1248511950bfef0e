import { defined } from '../defined.ts';
import type { ArmResource } from '../contract/observation.ts';
import type { Json, JsonObject } from '../contract/json.ts';
import type { ReconcileRequest } from '../work/request.ts';
import { isSameResource } from '../resource-id.ts';
import type { Note } from '../work/work.ts';
import type { Concerned, Guarded } from './concerned.ts';
import { concernedBy } from './concerned.ts';
import type { ResourceEvent } from './event.ts';
import { parseResourceEvent, withBooleans } from './event.ts';
import type { ScopeNews } from './scope-news.ts';
import { scopeNewsOf } from './scope-news.ts';

/** The circumstances in which an event arrived. */
export interface Arrival {
  /** Time of arrival, ISO 8601: it stands in for an event without a time of its own. */
  readonly at: string;
  readonly traceparent?: string | undefined;
  readonly source?: 'dead-letter' | undefined;
}

/** Most bytes of a message before base64. A queue takes 64 KiB after it. */
const mostMessageBytes = 49_152;

/** The header of W3C Trace Context. The sender of an event chooses it, and may have written anything else. */
const traceForm = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/** Most bytes of a notification's body that travel with a message. */
const mostBodyBytes = 24_000;

/** Deepest nesting of objects in a notification's body: no resource comes near it. */
const mostLevels = 64;

/**
 * The message for an event, or undefined if the event cannot concern any remediator. Only the parts that identify the
 * resource can make an event unreadable: any other unreadable part is left out.
 * @throws RemediationError `malformed-input`
 */
export function requestFor(event: unknown, guarded: Guarded, arrival: Arrival): ReconcileRequest | undefined {
  const read = parseResourceEvent(event);
  if (read.kind === 'other' || !/((Write|Delete)Success|CreatedOrUpdated|Deleted)$/i.test(read.type)) {
    return undefined;
  }
  const news = scopeNewsOf(read, guarded);
  if (news !== undefined) {
    return scopeRequest(read, news, arrival);
  }
  const scope = read.kind === 'operation' ? read.scope : undefined;
  const concerned = concernedBy(read.names, scope, guarded);
  if (concerned === undefined) {
    return undefined;
  }
  const body = read.kind === 'notification' ? bodyOf(read.body, concerned) : undefined;
  const request = {
    format: 1,
    root: concerned.root.text,
    note: noteOn(concerned, noteOf(read, concerned, arrival)),
    postponed: 0,
  } as const;
  const whole = { ...request, ...defined({ body }) };
  return Buffer.byteLength(JSON.stringify(whole)) <= mostMessageBytes ? whole : request;
}

/** The message about a scope. */
function scopeRequest(
  read: Exclude<ResourceEvent, { kind: 'other' }>,
  { scope, casesBelow }: ScopeNews,
  arrival: Arrival,
): ReconcileRequest {
  const note = noteOf(read, { id: scope }, arrival);
  return {
    format: 1,
    root: scope.text,
    casesBelow,
    note: casesBelow === 'all' ? { ...note, source: 'wake' } : lookNote(note, arrival),
    postponed: 0,
  };
}

/**
 * The person who lifts an obstruction opened no drift, and is not named. The time is that of arrival: any attempt before
 * it may have met the obstruction.
 */
function lookNote(
  { actor: _actor, requestId: _request, correlationId: _correlation, ...told }: Note,
  { at }: Arrival,
): Note {
  return { ...told, source: 'look', time: at };
}

/** A companion was written, not the root: that is no evidence of who opened a drift there. */
function noteOn({ id, root, rootType }: Concerned, note: Note): Note {
  return rootType.parts.has(id.type.toLowerCase()) ? note : { ...note, resource: root.text, source: 'wake' };
}

function noteOf(
  event: Exclude<ResourceEvent, { kind: 'other' }>,
  { id }: Pick<Concerned, 'id'>,
  { at, traceparent, source }: Arrival,
): Note {
  return {
    id: event.id,
    time: event.time ?? at,
    resource: id.text,
    ...(traceparent !== undefined && traceForm.test(traceparent) ? { traceparent } : {}),
    source: source ?? sourceOf(event),
    ...causeOf(event, id),
  };
}

function sourceOf({ kind }: Exclude<ResourceEvent, { kind: 'other' }>): Note['source'] {
  return kind === 'notification' ? 'notification' : 'event';
}

function causeOf(
  event: Exclude<ResourceEvent, { kind: 'other' }>,
  { type }: Pick<Concerned['id'], 'type'>,
): Pick<Note, 'operation' | 'actor' | 'correlationId' | 'requestId'> {
  if (event.kind === 'notification') {
    return { operation: event.body === undefined ? `${type}/delete` : `${type}/write` };
  }
  const { operation, correlationId, requestId } = event;
  // An actor without a known time cannot be placed before or after anything.
  const actor = event.time === undefined ? undefined : event.actor;
  return defined({ operation, actor, correlationId, requestId });
}

/** The root's own body, under the name and type that Azure Resource Manager would give it. */
function bodyOf(body: JsonObject | undefined, { id, rootType }: Concerned): ArmResource | undefined {
  const isOfRoot =
    body !== undefined &&
    id.type.toLowerCase() === rootType.type.toLowerCase() &&
    typeof body.id === 'string' &&
    isSameResource(body.id, id.text);
  if (!isOfRoot || !isWithin(body, mostLevels) || Buffer.byteLength(JSON.stringify(body)) > mostBodyBytes) {
    return undefined;
  }
  const { name, ...rest } = withBooleans(body, rootType.booleans) as JsonObject;
  return { ...rest, id: id.text, name: typeof name === 'string' ? name : id.name, type: id.type };
}

/** True if nothing in a value lies deeper than this many levels. */
function isWithin(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) {
    return true;
  }
  return levels > 0 && Object.values(value).every((inner) => isWithin(inner, levels - 1));
}
