import { methodNotAllowed } from './arm-error.ts';
import { sameId } from './arm-path.ts';
import type { Answer, Call } from './call.ts';
import type { KeyRing } from './key-ring.ts';
import { requireUnlocked } from './locked-scopes.ts';
import { requireResource } from './parents.ts';
import type { Lookup } from './parents.ts';
import { unknownType } from './not-modelled.ts';
import { listResources, readResource } from './reads.ts';
import type { Effect } from './writes.ts';
import { deleteResource, writeResource } from './writes.ts';

export interface Dispatch extends Lookup {
  readonly keys: KeyRing;
  /** No page is larger than this, whatever a type says. */
  readonly pageSize: number | undefined;
  readonly isVisible: (call: Call, id: string) => boolean;
}

/** A call done: its answer, and its effect if it was a write. */
export interface Outcome {
  readonly answer: Answer;
  readonly effect: Effect | undefined;
}

/** Does a call that was authenticated, allowed and counted. Throws `ArmError` to refuse it. */
export function dispatch(call: Call, on: Dispatch): Outcome {
  requireUnlocked(call, on.store);
  switch (call.method) {
    case 'GET':
    case 'HEAD':
      return { answer: read(call, on), effect: undefined };
    case 'PUT':
    case 'PATCH':
      return fromEffect(writeResource(requirePath(call), on));
    case 'DELETE':
      return fromEffect(deleteResource(requirePath(call), on));
    case 'POST':
      return fromEffect(act(call, on));
    default:
      throw methodNotAllowed(call.method);
  }
}

function read(call: Call, on: Dispatch): Answer {
  if (call.path.isResource) {
    const answer = readResource(call, on);
    // Whether something is there is told by the status alone.
    return call.method === 'HEAD' ? { status: 204 } : answer;
  }
  const isVisible = (id: string) => on.isVisible(call, id);
  return listResources(call, on, { pageSize: on.pageSize, isVisible });
}

function act(call: Call, on: Dispatch): Effect {
  const requested = call.path.types.at(-1) ?? '';
  const action = call.type.actions.find(({ name }) => sameId(name, requested));
  if (action === undefined) {
    throw unknownType(call.path, call.apiVersion, on.catalogue);
  }
  const resource = requireResource(call, on);
  const body = action.run({
    resource,
    request: call.body,
    query: call.url.searchParams,
    store: on.store,
    keys: on.keys,
    now: call.now,
  });
  return { answer: { status: 200, body }, existed: true, resource: undefined };
}

function requirePath(call: Call): Call {
  if (!call.path.isResource) {
    throw methodNotAllowed(call.method);
  }
  return call;
}

function fromEffect(effect: Effect): Outcome {
  return { answer: effect.answer, effect };
}
