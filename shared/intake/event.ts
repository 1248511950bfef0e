import { z } from 'zod';
import { RemediationError } from '../errors.ts';
import type { Json, JsonObject } from '../engine/remediator.ts';
import { redact } from '../telemetry/secrets.ts';

const EventGridEnvelope = z.looseObject({
  id: z.string().min(1).max(512),
  eventType: z.string(),
  eventTime: z.iso.datetime({ offset: true }),
  subject: z.string(),
  data: z.looseObject({}),
});

const CloudEventEnvelope = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(512),
  type: z.string(),
  time: z.iso.datetime({ offset: true }),
  subject: z.string(),
  data: z.looseObject({}),
});

/** `data` of `Microsoft.Resources.*`. Every field but the id may be missing (sparse events have been seen). */
const OperationData = z.looseObject({
  resourceUri: z.string().optional(),
  operationName: z.string().optional(),
  correlationId: z.string().optional(),
  claims: z.record(z.string(), z.unknown()).optional(),
  authorization: z.looseObject({ evidence: z.record(z.string(), z.unknown()).optional() }).optional(),
  // Older senders carry it as a string.
  httpRequest: z.unknown().optional(),
});

/** `data` of `Microsoft.ResourceNotifications.Resources.*`. */
const NotificationData = z.looseObject({
  resourceInfo: z.looseObject({ id: z.string(), name: z.string().optional(), type: z.string().optional() }),
  operationalInfo: z
    .looseObject({ resourceEventTime: z.iso.datetime({ offset: true }).optional() })
    .optional(),
});

/** One event, whatever schema it came in. */
export type ResourceEvent =
  | {
      readonly kind: 'operation';
      readonly id: string;
      readonly type: string;
      readonly time: string;
      readonly resource: string;
      readonly operation: string | undefined;
      readonly actor: JsonObject | undefined;
      readonly correlationId: string | undefined;
      readonly requestId: string | undefined;
    }
  | {
      readonly kind: 'notification';
      readonly id: string;
      readonly type: string;
      readonly time: string;
      readonly resource: string;
      /** The resource as the notification tells it; undefined for a delete. */
      readonly body: JsonObject | undefined;
    }
  | { readonly kind: 'other'; readonly id: string; readonly type: string };

/**
 * Reads an event in the Event Grid schema or as a CloudEvent.
 * @throws RemediationError `malformed-input` that names the field at fault.
 */
export function parseResourceEvent(event: unknown): ResourceEvent {
  const isCloudEvent = typeof event === 'object' && event !== null && 'specversion' in event;
  const envelope = isCloudEvent
    ? read(CloudEventEnvelope, event)
    : (({ eventType, eventTime, ...rest }) => ({ ...rest, type: eventType, time: eventTime }))(
        read(EventGridEnvelope, event),
      );
  const { id, type, subject } = envelope;
  const time = new Date(envelope.time).toISOString();
  if (/^Microsoft\.Resources\.Resource(Write|Delete|Action)(Success|Failure|Cancel)$/i.test(type)) {
    const data = read(OperationData, envelope.data);
    return {
      kind: 'operation',
      id,
      type,
      time,
      resource: data.resourceUri ?? subject,
      operation: textOf(data.operationName),
      actor: actorOf(data),
      correlationId: textOf(data.correlationId),
      requestId: requestIdOf(data.httpRequest),
    };
  }
  if (/^Microsoft\.ResourceNotifications\.Resources\.(CreatedOrUpdated|Deleted)$/i.test(type)) {
    const data = read(NotificationData, envelope.data);
    return {
      kind: 'notification',
      id,
      type,
      time: new Date(data.operationalInfo?.resourceEventTime ?? time).toISOString(),
      resource: data.resourceInfo.id,
      body: /Deleted$/i.test(type) ? undefined : (data.resourceInfo as JsonObject),
    };
  }
  return { kind: 'other', id, type };
}

/** Notifications carry booleans as 1 and 0: named properties become booleans again, numbers elsewhere stay. */
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

function actorOf({ claims, authorization }: z.infer<typeof OperationData>): JsonObject | undefined {
  return claims && actorOfClaims(claims, authorization?.evidence?.principalType);
}

/** Who did something, from the claims of a token as events and the Activity Log carry them. */
export function actorOfClaims(
  claims: Readonly<Record<string, unknown>>,
  principalType?: unknown,
): JsonObject | undefined {
  const claim = (...names: string[]): string | undefined =>
    names.map((name) => textOf(claims[name])).find((value) => value !== undefined);
  const found = {
    objectId: claim('http://schemas.microsoft.com/identity/claims/objectidentifier', 'oid'),
    appId: claim('appid', 'azp'),
    appName: claim('app_displayname'),
    name: claim('http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn', 'upn', 'name'),
    kind: textOf(principalType),
  };
  const known = Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

function requestIdOf(httpRequest: unknown): string | undefined {
  let request = httpRequest;
  if (typeof request === 'string') {
    try {
      request = JSON.parse(request);
    } catch {
      return undefined;
    }
  }
  return textOf((request as { clientRequestId?: unknown } | null | undefined)?.clientRequestId);
}

/** A short text that somebody else wrote. What looks like a secret is taken out: it would go into row and ledger. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.length > 0 && value.length < 512 ? redact(value) : undefined;
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new RemediationError(
      'malformed-input',
      `Cannot read the event: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    );
  }
  return result.data;
}
