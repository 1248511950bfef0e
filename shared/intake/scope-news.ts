import { managing, obstructingTypes } from '../azure/obstructing-types.ts';
import { managerTypes } from '../azure/surroundings-actions.ts';
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
  return deleted === undefined
    ? (freedScope(event, guarded) ?? unmanaged(event, guarded))
    : { scope: deleted, casesBelow: 'all' };
}

const groupType = 'microsoft.resources/subscriptions/resourcegroups';

/**
 * The guarded group that an event reports as deleted. Everything in the group is gone too, but Azure reports the
 * group alone.
 */
function deletedGroup(event: Told, guarded: Guarded): ResourceId | undefined {
  const ids = isDelete(event) ? guardedIds(event.names, guarded) : [];
  return ids.find(({ type }) => type.toLowerCase() === groupType);
}

function isDelete(event: Told): boolean {
  return event.kind === 'notification' ? event.body === undefined : /\/delete$/i.test(event.operation ?? '');
}

const scopeOperation = /^(Microsoft\.Authorization\/\w+)\/(?:delete|write)$/i;

/** The guarded scope on which an event reports something written or deleted that may have kept cases open. */
function freedScope(event: Told, guarded: Guarded): ScopeNews | undefined {
  const operation = event.kind === 'operation' ? event.operation : undefined;
  const type = scopeOperation.exec(operation ?? '')?.[1]?.toLowerCase();
  const casesBelow = type === undefined ? undefined : obstructingTypes.get(type);
  if (type === undefined || casesBelow === undefined) {
    return undefined;
  }
  const path = new RegExp(`/providers/${type.replace('.', '\\.')}/[^/]+/?$`, 'i');
  const named = event.names.filter((name) => path.test(name));
  const [scope] = guardedIds(
    named.map((name) => name.replace(path, '')),
    guarded,
  );
  return scope === undefined ? undefined : { scope, casesBelow };
}

/**
 * A resource that manages groups is gone. The group that it managed has another id, and may lie anywhere in the subscription.
 */
function unmanaged(event: Told, guarded: Guarded): ScopeNews | undefined {
  const ids = isDelete(event) ? guardedIds(event.names, guarded) : [];
  const manager = ids.find(({ type }) => managerTypes[type.toLowerCase()] !== undefined);
  const scope = manager && resourceIdIn(`/subscriptions/${manager.subscriptionId}`);
  return scope && { scope, casesBelow: managing };
}

function guardedIds(names: readonly string[], { subscriptions }: Guarded): ResourceId[] {
  return names
    .map(resourceIdIn)
    .filter((id) => id !== undefined)
    .filter(({ subscriptionId }) => subscriptions.includes(subscriptionId));
}
