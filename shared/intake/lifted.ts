import { z } from 'zod';
import type { ReconcileRequest } from '../engine/request.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { isResourceId, parseResourceId } from '../resource-id.ts';
import type { Guarded } from './concerned.ts';
import type { ResourceEvent } from './event.ts';
import { parseResourceEvent } from './event.ts';
import type { Arrival } from './intake.ts';

/** What of an event says that a lock is not what it was: a new level may let changes through as its end does. */
const lockOperation = /^Microsoft\.Authorization\/locks\/(delete|write)$/i;
const lockPath = /\/providers\/Microsoft\.Authorization\/locks\/[^/]+\/?$/i;

/** So many roots one event is news for; those beyond it are looked at when their rests are over. */
const mostRoots = 500;

/** Data of an open case that tells whether a lock holds it. Of a row that is not so nothing is known here. */
const HeldCase = z.object({
  root: z.string(),
  resource: z.string(),
  hold: z.object({ reason: z.literal('locked') }),
});

/** A lock that changed or went. */
export interface Unlocked {
  /** Id of what it lies on: a guarded subscription, or a group or a resource in one. */
  readonly scope: string;
  readonly event: Extract<ResourceEvent, { kind: 'operation' }>;
}

/**
 * The lock that an event tells of; undefined for any other event.
 * @throws RemediationError `malformed-input` for an event that cannot be read
 */
export function unlockedBy(event: unknown, { subscriptions }: Guarded): Unlocked | undefined {
  const read = parseResourceEvent(event);
  if (
    read.kind !== 'operation' ||
    !/Success$/i.test(read.type) ||
    !lockOperation.test(read.operation ?? '')
  ) {
    return undefined;
  }
  for (const name of read.names) {
    const scope = name.replace(lockPath, '');
    if (scope !== name && isGuarded(scope, subscriptions)) {
      return { scope, event: read };
    }
  }
  return undefined;
}

function isGuarded(scope: string, subscriptions: readonly string[]): boolean {
  try {
    return subscriptions.includes(parseResourceId(scope).subscriptionId);
  } catch {
    return false;
  }
}

/** A row may name anything for its root: only one that the resource lies at, or below, can be meant. */
function isRootOf(root: string, resource: string): boolean {
  return isResourceId(root) && resource.startsWith(`${root.toLowerCase()}/`);
}

/**
 * A look at every root at the scope, or below it, that has a case which a lock holds. The event says no more than that it may
 * be over: the next write tells.
 * @throws RemediationError when the ledger cannot be read
 */
export async function looksBelow(
  { scope, event }: Unlocked,
  ledger: Pick<Ledger, 'openCases'>,
  { at, traceparent }: Arrival,
): Promise<readonly ReconcileRequest[]> {
  const roots = new Set<string>();
  const above = `${scope.toLowerCase()}/`;
  for await (const { data } of ledger.openCases(parseResourceId(scope).subscriptionId)) {
    const held = HeldCase.safeParse(data).data;
    // A lock on a child holds the case of that child, which its root is looked at for.
    const resource = `${held?.resource.toLowerCase() ?? ''}/`;
    if (held !== undefined && resource.startsWith(above) && isRootOf(held.root, resource)) {
      roots.add(held.root);
    }
    if (roots.size === mostRoots) {
      break;
    }
  }
  return [...roots].map((root) => ({
    format: 1,
    root,
    note: {
      id: event.id,
      // When we heard of it: whatever was tried before that may have met the lock.
      time: at,
      resource: root,
      source: 'look',
      ...(event.operation === undefined ? {} : { operation: event.operation }),
      ...(traceparent === undefined ? {} : { traceparent }),
    },
    postponed: 0,
  }));
}
