import type { ReconcileRequest } from '../work/request.ts';
import type { ResourceId } from '../resource-id.ts';
import { resourceIdIn } from '../resource-id.ts';
import type { Guarded } from './concerned.ts';
import type { ResourceEvent } from './event.ts';

/** News that Azure reports for a scope alone: it concerns open cases at the scope and below it. */
export interface ScopeNews {
  /** A guarded subscription, or a group or resource in one. */
  readonly scope: ResourceId;
  readonly casesBelow: NonNullable<ReconcileRequest['casesBelow']>;
}

type Told = Exclude<ResourceEvent, { kind: 'other' }>;

/** The news of a scope in an event. Undefined for an event without such news, or about something unguarded. */
export function scopeNewsOf(event: Told, guarded: Guarded): ScopeNews | undefined {
  const deleted = deletedGroup(event, guarded);
  if (deleted !== undefined) {
    return { scope: deleted, casesBelow: 'all' };
  }
  const unlocked = unlockedScope(event, guarded);
  return unlocked === undefined ? undefined : { scope: unlocked, casesBelow: 'locked' };
}

const groupType = 'microsoft.resources/subscriptions/resourcegroups';

/**
 * The guarded group that an event reports as deleted. Everything in the group is gone too, but Azure reports the
 * group alone.
 */
function deletedGroup(event: Told, guarded: Guarded): ResourceId | undefined {
  const isDelete =
    event.kind === 'notification' ? event.body === undefined : /\/delete$/i.test(event.operation ?? '');
  const ids = isDelete ? guardedIds(event.names, guarded) : [];
  return ids.find(({ type }) => type.toLowerCase() === groupType);
}

/** A new level of a lock may let a change through, just as its deletion does. */
const lockOperation = /^Microsoft\.Authorization\/locks\/(delete|write)$/i;
const lockPath = /\/providers\/Microsoft\.Authorization\/locks\/[^/]+\/?$/i;

/** The guarded scope of a lock that an event reports as changed or deleted. */
function unlockedScope(event: Told, guarded: Guarded): ResourceId | undefined {
  if (event.kind !== 'operation' || !lockOperation.test(event.operation ?? '')) {
    return undefined;
  }
  const locks = event.names.filter((name) => lockPath.test(name));
  const [scope] = guardedIds(
    locks.map((name) => name.replace(lockPath, '')),
    guarded,
  );
  return scope;
}

function guardedIds(names: readonly string[], { subscriptions }: Guarded): ResourceId[] {
  return names
    .map(resourceIdIn)
    .filter((id) => id !== undefined)
    .filter(({ subscriptionId }) => subscriptions.includes(subscriptionId));
}
