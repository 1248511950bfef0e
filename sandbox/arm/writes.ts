import { randomBytes } from 'node:crypto';
import type { ArmBody } from './arm-body.ts';
import { text } from './arm-body.ts';
import { ArmError, methodNotAllowed, preconditionFailed } from './arm-error.ts';
import { canonicalId, scopeOf } from './arm-path.ts';
import type { Answer, Call } from './call.ts';
import { requireLocation } from './location.ts';
import { mergeBody, valueAt } from './merge.ts';
import { findResource, requireParents, requireResource } from './parents.ts';
import type { Lookup } from './parents.ts';
import type { StoredResource } from './resource-store.ts';
import type { Write } from './resource-type.ts';

/** What a write did, beside its answer. */
export interface Effect {
  readonly answer: Answer;
  readonly existed: boolean;
  /** The resource after it; undefined after a delete. */
  readonly resource: ArmBody | undefined;
}

/** Does a PUT or PATCH. */
export function writeResource(call: Call, lookup: Lookup): Effect {
  const method = call.method === 'PUT' ? 'PUT' : 'PATCH';
  if (!call.type.verbs.includes(method)) {
    throw methodNotAllowed(call.method);
  }
  if (method === 'PUT') {
    requireParents(call, lookup);
  }
  const current =
    method === 'PATCH'
      ? requireResource(call, lookup)
      : findResource(call.path.resourceId, call.type, lookup.store);
  checkConditions(call, current);
  const write = readWrite(call, method, current, lookup);
  checkImmutable(write, call);
  call.type.check?.(write);
  const body = store(call, write, lookup);
  const shown = call.type.inAnswer?.(body, write) ?? body;
  const etag = text(body, 'etag');
  return {
    answer: { status: statusOf(call, current), body: shown, ...(etag === '' ? {} : { headers: { etag } }) },
    existed: current !== undefined,
    resource: body,
  };
}

/** The write that a request means: its place is looked at first, before its provider reads the rest. */
function readWrite(
  { path, type, body, apiVersion, caller, now }: Call,
  method: Write['method'],
  current: StoredResource | undefined,
  { store: resources }: Lookup,
): Write {
  const write = {
    method,
    id: canonicalId(path, type.type, resources.get(scopeOf(path.path))?.id),
    request: body,
    current,
    store: resources,
    writer: caller.principal.objectId,
    now,
  };
  if (type.places !== undefined) {
    requireLocation(write, type.type, type.places);
  }
  return { ...write, request: type.readRequest?.(method, body, apiVersion) ?? body };
}

/** Does a DELETE. */
export function deleteResource(call: Call, lookup: Lookup): Effect {
  requireParents(call, lookup);
  if (!call.type.verbs.includes('DELETE')) {
    throw methodNotAllowed(call.method);
  }
  const current = lookup.store.get(call.path.resourceId);
  if (current === undefined && call.type.absentDelete === 'not-found') {
    requireResource(call, lookup);
  }
  checkConditions(call, current);
  if (current !== undefined) {
    call.type.checkDelete?.(current);
  }
  const existed = lookup.store.remove(call.path.resourceId);
  const body = call.type.showsDeleted === true && existed && current !== undefined ? current.body : undefined;
  const answer = { status: existed ? 200 : 204, ...(body === undefined ? {} : { body }) };
  return { answer, existed, resource: undefined };
}

function statusOf(call: Call, current: StoredResource | undefined): number {
  if (current !== undefined) {
    return call.type.updateStatus ?? 200;
  }
  return call.type.createStatus ?? (call.type.isAsynchronous === true ? 202 : 201);
}

function store(call: Call, write: Write, { store: resources }: Lookup): ArmBody {
  const base = write.current?.body ?? call.type.create(write);
  const merged = mergeBody(base, write.request, call.type.merge);
  const settled = call.type.settle?.(merged, write) ?? merged;
  const body = call.type.etag === 'none' ? settled : { ...settled, etag: newEtag() };
  return resources.set(write.id, body).body;
}

function checkImmutable(write: Write, call: Call): void {
  if (write.current === undefined) {
    return;
  }
  for (const path of call.type.merge.immutable) {
    const asked = valueAt(write.request.properties, path);
    const held = valueAt(write.current.body.properties, path);
    // Absent and false are one for a switch that can only be set at creation.
    if (asked != null && asked !== (held ?? false)) {
      throw new ArmError(
        400,
        'InvalidRequestPropertyValue',
        `The value '${textOf(asked)}' is not allowed for property ${path}. For more information, see - https://aka.ms/storageaccountupdate`,
      );
    }
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function checkConditions(call: Call, current: StoredResource | undefined): void {
  if (call.type.etag !== 'honoured') {
    return;
  }
  const etag = text(current?.body, 'etag');
  const ifMatch = call.headers['if-match'];
  if (ifMatch !== undefined && (current === undefined || (ifMatch !== '*' && ifMatch !== etag))) {
    throw preconditionFailed(ifMatch, etag);
  }
  const ifNoneMatch = call.headers['if-none-match'];
  if (ifNoneMatch !== undefined && current !== undefined && (ifNoneMatch === '*' || ifNoneMatch === etag)) {
    throw preconditionFailed(ifNoneMatch, etag);
  }
}

/** Such as `"0x8DED98F19757660"`. */
function newEtag(): string {
  return `"0x8D${randomBytes(7).toString('hex').toUpperCase().slice(0, 13)}"`;
}
