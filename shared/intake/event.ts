import { createHash } from 'node:crypto';
import { z } from 'zod';
import { RemediationError } from '../errors.ts';
import { readAs } from '../read-as.ts';
import type { Json, JsonObject } from '../contract/json.ts';
import { actorOfClaims } from '../contract/actor-of-claims.ts';
import { type Members, membersOf } from '../text/json-text.ts';
import { longestText, textOf } from '../text/short-text.ts';

/** Members without which the Event Grid schema is broken; it calls `data` and `topic` optional. */
const EventGridEnvelope = z.looseObject({
  id: z.string().min(1),
  eventTime: z.iso.datetime({ offset: true }),
});

/** CloudEvents 1.0 requires these members, and they identify the event; `time`, `subject` and `data` are optional. */
const CloudEventEnvelope = z.looseObject({ specversion: z.literal('1.0'), id: z.string().min(1) });

/**
 * One event in either schema: a reason to look at a resource. Every member but `id` and `type` may be missing. A
 * member of an undocumented shape counts as missing.
 */
export type ResourceEvent =
  | {
      readonly kind: 'operation';
      readonly id: string;
      readonly type: string;
      /** ISO 8601. Undefined if the event does not tell. */
      readonly time: string | undefined;
      /** Texts that name the resource, the most reliable first. */
      readonly names: readonly string[];
      /** The scope for which the caller was authorized: the resource itself, or something that it belongs to. */
      readonly scope: string | undefined;
      readonly operation: string | undefined;
      readonly actor: JsonObject | undefined;
      readonly correlationId: string | undefined;
      readonly requestId: string | undefined;
    }
  | {
      readonly kind: 'notification';
      readonly id: string;
      readonly type: string;
      readonly time: string | undefined;
      readonly names: readonly string[];
      /** The resource in the notification; undefined for a delete. */
      readonly body: JsonObject | undefined;
    }
  | { readonly kind: 'other' };

interface Envelope {
  readonly id: string;
  readonly type: string;
  readonly time: string | undefined;
  readonly subject: string | undefined;
  readonly data: Members;
}

const operationType = /^Microsoft\.Resources\.Resource(Write|Delete|Action)(Success|Failure|Cancel)$/i;
const notificationType = /^Microsoft\.ResourceNotifications\.Resources\.(CreatedOrUpdated|Deleted)$/i;

/**
 * Reads an event in the Event Grid schema or as a CloudEvent.
 * @throws RemediationError `malformed-input` that names the field at fault, for an event of a type that concerns us
 */
export function parseResourceEvent(event: unknown): ResourceEvent {
  if (typeof event !== 'object' || event === null) {
    throw unreadable('expected an object');
  }
  const members = event as Members;
  const field = 'specversion' in members ? 'type' : 'eventType';
  const type = members[field];
  if (typeof type !== 'string') {
    throw unreadable(`${field}: expected the type of the event`);
  }
  if (operationType.test(type)) {
    return operationOf(envelopeOf(members, type));
  }
  return notificationType.test(type) ? notificationOf(envelopeOf(members, type)) : { kind: 'other' };
}

function envelopeOf(event: Members, type: string): Envelope {
  const isCloudEvent = 'specversion' in event;
  const { id } = readAs<{ id: string }>(
    isCloudEvent ? CloudEventEnvelope : EventGridEnvelope,
    event,
    'the event',
  );
  return {
    id: shortId(id),
    type,
    time: timeOf(isCloudEvent ? event.time : event.eventTime),
    subject: nameOf(event.subject),
    data: membersOf(event.data),
  };
}

function operationOf({ subject, data, ...envelope }: Envelope): ResourceEvent {
  const authorization = membersOf(data.authorization);
  const principalType = membersOf(authorization.evidence).principalType;
  return {
    kind: 'operation',
    ...envelope,
    // The subject comes first: every event has one, while its publisher may leave out the rest.
    names: [subject, nameOf(data.resourceUri)].filter((name) => name !== undefined),
    scope: nameOf(authorization.scope),
    operation: textOf(data.operationName),
    actor: actorOfClaims(membersOf(data.claims), principalType),
    correlationId: textOf(data.correlationId),
    requestId: textOf(membersOf(data.httpRequest).clientRequestId),
  };
}

function notificationOf({ subject, data, ...envelope }: Envelope): ResourceEvent {
  const resource = membersOf(data.resourceInfo);
  return {
    kind: 'notification',
    ...envelope,
    time: timeOf(membersOf(data.operationalInfo).resourceEventTime) ?? envelope.time,
    names: [subject, nameOf(resource.id)].filter((name) => name !== undefined),
    body: /Deleted$/i.test(envelope.type) ? undefined : (resource as JsonObject),
  };
}

/** Notifications carry booleans as 1 and 0. The named properties become booleans again; other numbers stay. */
export function withBooleans(value: Json, names: readonly string[]): Json {
  if (Array.isArray(value)) {
    return value.map((item) => withBooleans(item as Json, names));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      names.includes(name) && (inner === 0 || inner === 1) ? inner === 1 : withBooleans(inner, names),
    ]),
  );
}

function nameOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function timeOf(value: unknown): string | undefined {
  return z.iso.datetime({ offset: true }).safeParse(value).success
    ? new Date(value as string).toISOString()
    : undefined;
}

/** Ids identify events. A long id is replaced by its hash. */
function shortId(id: string): string {
  return id.length <= longestText ? id : `sha256:${createHash('sha256').update(id).digest('hex')}`;
}

function unreadable(fault: string): RemediationError {
  return new RemediationError('malformed-input', `Cannot read the event: ${fault}`);
}
