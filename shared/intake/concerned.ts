import type { PartKind } from '../contract/arm-types.ts';
import { RemediationError } from '../errors.ts';
import type { ResourceId } from '../resource-id.ts';
import { longestResourceId, parseResourceId } from '../resource-id.ts';

/** The facts about a type of root that intake needs: which resources concern it. */
export interface RootType {
  readonly type: string;
  readonly parts: ReadonlyMap<string, PartKind>;
  /** Lower-case child types that show in the root's own body: their events are a reason to look at the root. */
  readonly companions: ReadonlySet<string>;
  /** Names of boolean properties that resource notifications carry as 1 and 0. */
  readonly booleans: readonly string[];
  rootOf(id: ResourceId): ResourceId | undefined;
}

/** The guarded types and subscriptions. */
export interface Guarded {
  readonly rootTypes: readonly RootType[];
  /** Lower-case ids of subscriptions. */
  readonly subscriptions: readonly string[];
}

/** A resource that some remediator judges, or that shows in the body of one, with its root. */
export interface Concerned {
  readonly id: ResourceId;
  readonly root: ResourceId;
  readonly rootType: RootType;
}

/** The result of reading a text that names a resource. */
type Named = Concerned | 'concerns-none' | RemediationError;

/**
 * The guarded resource of an event, or undefined if the event can concern none.
 * @param names texts of the event that name the resource; the first that names a guarded one counts
 * @param scope the resource, or something that it belongs to: read only if no name can be read
 * @throws RemediationError `malformed-input` if nothing tells the resource, which may be a guarded one
 */
export function concernedBy(
  names: readonly string[],
  scope: string | undefined,
  guarded: Guarded,
): Concerned | undefined {
  const read = names.map((name) => readName(name, guarded));
  const isTold = read.some((each) => !(each instanceof RemediationError));
  const all = isTold || scope === undefined ? read : [...read, readName(scope, guarded)];
  const found = all.find((each): each is Concerned => typeof each === 'object' && 'root' in each);
  if (found !== undefined || all.includes('concerns-none')) {
    return found;
  }
  const [fault] = all.filter((each) => each instanceof RemediationError);
  throw fault ?? new RemediationError('malformed-input', 'Cannot read the event: it names no resource');
}

function readName(name: string, guarded: Guarded): Named {
  if (isOfOthers(name, guarded)) {
    return 'concerns-none';
  }
  try {
    const id = parseResourceId(name);
    return concernedOf(id, guarded) ?? 'concerns-none';
  } catch (error) {
    if (error instanceof RemediationError) {
      return error;
    }
    throw error;
  }
}

/** Longest beginning of a text that can hold a subscription, its name and the path to it included. */
const startOf = 260;

/**
 * Some paths of Resource Manager are no resource ids (`/subscriptions/<id>/tagNames/<name>`, a group's
 * `/deployments/<name>`) or belong to the tenant. They concern nobody here, however little of them is understood.
 */
function isOfOthers(name: string, { rootTypes, subscriptions }: Guarded): boolean {
  const subscription = /^\/subscriptions\/([^/]+)/i.exec(name.slice(0, startOf))?.[1];
  if (subscription !== undefined && !subscriptions.includes(subscription.toLowerCase())) {
    return true;
  }
  if (name.length > longestResourceId || !name.startsWith('/')) {
    return false;
  }
  const path = name.toLowerCase();
  return !rootTypes.some(({ type }) => path.includes(`/providers/${type.toLowerCase()}`));
}

function concernedOf(id: ResourceId, { rootTypes }: Guarded): Concerned | undefined {
  for (const rootType of rootTypes) {
    const type = id.type.toLowerCase();
    const root = rootType.parts.has(type) || rootType.companions.has(type) ? rootType.rootOf(id) : undefined;
    if (root !== undefined) {
      return { id, root, rootType };
    }
  }
  return undefined;
}
