import type { ArmResource, JsonObject, PartKind } from '../engine/remediator.ts';
import type { ReconcileRequest } from '../engine/request.ts';
import type { ResourceId } from '../resource-id.ts';
import { parseResourceId } from '../resource-id.ts';
import type { Note } from '../work/work.ts';
import type { ResourceEvent } from './event.ts';
import { parseResourceEvent, withBooleans } from './event.ts';

/** Which resources concern which roots, as far as intake has to know. */
export interface RootType {
  readonly type: string;
  readonly parts: ReadonlyMap<string, PartKind>;
  /** Lower-case child types that the root's own body tells of: their events are a reason to look at the root. */
  readonly companions: ReadonlySet<string>;
  readonly booleans: readonly string[];
  rootOf(id: ResourceId): ResourceId | undefined;
}

/** Most bytes of a notification's body that travel with a message: a queue message holds 64 KiB in base64. */
const mostBodyBytes = 24_000;

/**
 * The message for an event, or undefined when it cannot concern any remediator.
 * @throws RemediationError `malformed-input`
 */
export function requestFor(
  event: unknown,
  rootTypes: readonly RootType[],
  subscriptions: readonly string[],
  traceparent: string | undefined,
  source?: 'dead-letter',
): ReconcileRequest | undefined {
  const read = parseResourceEvent(event);
  if (read.kind === 'other' || !/(Success|CreatedOrUpdated|Deleted)$/i.test(read.type)) {
    return undefined;
  }
  if (read.kind === 'operation' && /\/action$/i.test(read.operation ?? '')) {
    return undefined;
  }
  const id = parseResourceId(read.resource);
  if (isDeleteAbove(read, id)) {
    return subscriptions.includes(id.subscriptionId)
      ? { format: 1, root: id.text, note: noteOf(read, id, traceparent, source), postponed: 0 }
      : undefined;
  }
  const concerned = rootTypes
    .map((rootType) => ({
      rootType,
      root: concerns(rootType, id) ? rootType.rootOf(id) : undefined,
    }))
    .find(({ root }) => root !== undefined);
  if (concerned?.root === undefined || !subscriptions.includes(id.subscriptionId)) {
    return undefined;
  }
  const body = read.kind === 'notification' ? bodyOf(read.body, id, concerned.rootType) : undefined;
  return {
    format: 1,
    root: concerned.root.text,
    note: noteOn(concerned.rootType, concerned.root, noteOf(read, id, traceparent, source)),
    ...(body === undefined ? {} : { body }),
    postponed: 0,
  };
}

/** With a group goes everything in it: the event of each is not to be relied on. */
function isDeleteAbove(event: Exclude<ResourceEvent, { kind: 'other' }>, { type }: ResourceId): boolean {
  const isDelete =
    event.kind === 'notification' ? event.body === undefined : /\/delete$/i.test(event.operation ?? '');
  return isDelete && type.toLowerCase() === 'microsoft.resources/subscriptions/resourcegroups';
}

function concerns({ parts, companions }: RootType, { type }: ResourceId): boolean {
  return parts.has(type.toLowerCase()) || companions.has(type.toLowerCase());
}

/** A companion was written and not the root: that is no evidence of who opened what is found there. */
function noteOn({ parts }: RootType, root: ResourceId, note: Note): Note {
  return parts.has(parseResourceId(note.resource).type.toLowerCase())
    ? note
    : { ...note, resource: root.text, source: 'wake' };
}

function noteOf(
  event: Exclude<ResourceEvent, { kind: 'other' }>,
  id: ResourceId,
  traceparent: string | undefined,
  source: 'dead-letter' | undefined,
): Note {
  const common = {
    id: event.id,
    time: event.time,
    resource: id.text,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  if (event.kind === 'notification') {
    const operation = event.body === undefined ? `${id.type}/delete` : `${id.type}/write`;
    return { ...common, source: source ?? 'notification', operation };
  }
  return {
    ...common,
    source: source ?? 'event',
    ...(event.operation === undefined ? {} : { operation: event.operation }),
    ...(event.actor === undefined ? {} : { actor: event.actor }),
    ...(event.correlationId === undefined ? {} : { correlationId: event.correlationId }),
    ...(event.requestId === undefined ? {} : { requestId: event.requestId }),
  };
}

/** The root's own body, under the types that Azure Resource Manager would give it. */
function bodyOf(body: JsonObject | undefined, id: ResourceId, rootType: RootType): ArmResource | undefined {
  const isRoot = id.type.toLowerCase() === rootType.type.toLowerCase();
  if (body === undefined || !isRoot || Buffer.byteLength(JSON.stringify(body)) > mostBodyBytes) {
    return undefined;
  }
  const { name, ...rest } = withBooleans(body, rootType.booleans) as JsonObject;
  return { ...rest, id: id.text, name: typeof name === 'string' ? name : id.name, type: id.type };
}
