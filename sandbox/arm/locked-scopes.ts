import { member } from './arm-body.ts';
import { scopeLocked } from './arm-error.ts';
import { scopeOf } from './arm-path.ts';
import type { Call } from './call.ts';
import { isWrite } from './operation-record.ts';
import type { ResourceStore } from './resource-store.ts';
import { locks } from './rows/locks.ts';

/**
 * Throws 409 if a lock forbids the call: ReadOnly forbids all writes, actions too; CanNotDelete forbids deletes. Locks
 * themselves can always be changed.
 */
export function requireUnlocked(call: Call, store: ResourceStore): void {
  if (!isWrite(call.method) || call.type === locks) {
    return;
  }
  const isDelete = call.method === 'DELETE';
  const forbidding = isDelete ? ['ReadOnly', 'CanNotDelete'] : ['ReadOnly'];
  const scopes = store
    .list(locks.type)
    .filter(({ body }) => forbidding.includes(String(member(body, 'properties').level)))
    .map(({ id }) => scopeOf(id))
    .filter((scope) => concerns(scope, call.path.resourceId, isDelete));
  if (scopes.length > 0) {
    throw scopeLocked(call.path.resourceId, isDelete ? 'delete' : 'write', scopes);
  }
}

/** A lock holds for what lies under it; and what has a locked child cannot be deleted. */
function concerns(scope: string, id: string, isDelete: boolean): boolean {
  const [locked, wanted] = [`${scope}/`.toLowerCase(), `${id}/`.toLowerCase()];
  return wanted.startsWith(locked) || (isDelete && locked.startsWith(wanted));
}
