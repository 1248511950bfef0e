import { RemediationError } from './errors.ts';
import { redact } from './text/secrets.ts';

/** An Azure Resource Manager id, taken apart. Ids are compared without regard to case. */
export interface ResourceId {
  /** As it was given, without a trailing slash. */
  readonly text: string;
  /** Lower case: the form in which ids are compared, hashed and used as keys. */
  readonly key: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string | undefined;
  /** Full type as given, such as `Microsoft.Storage/storageAccounts/blobServices/containers`. */
  readonly type: string;
  /** The last name in the id. */
  readonly name: string;
}

/**
 * Longest id of a resource, in characters. Azure's naming rules give no name more than 260 (resource groups have 90,
 * storage accounts 24, containers 63), so that no resource which has a root here comes near it.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
 */
export const longestResourceId = 2_048;

/** Most of an unreadable id that a message repeats. */
const shownOfId = 200;

const pattern =
  /^\/subscriptions\/(?<subscription>[^/]+)(?:\/resourcegroups\/(?<group>[^/]+))?(?:\/providers\/(?<rest>[^/]+(?:\/[^/]+\/[^/]+)+))?$/i;

/** @throws RemediationError `malformed-input` when the text is not the id of a resource, group or subscription. */
export function parseResourceId(text: string): ResourceId {
  if (text.length > longestResourceId) {
    throw unreadable(text, `it has ${text.length} characters, expected at most ${longestResourceId}`);
  }
  const trimmed = text.replace(/\/+$/, '');
  const groups = pattern.exec(trimmed)?.groups;
  const subscription = groups?.subscription;
  if (subscription === undefined) {
    throw unreadable(
      text,
      'expected "/subscriptions/<id>", then "/resourceGroups/<name>" and "/providers/<namespace>/<type>/<name>" as far as it has them',
    );
  }
  const group = groups?.group;
  // Extension resources carry a second "/providers/": the type is that of the last provider.
  const [namespace, ...segments] =
    (groups?.rest ?? '')
      .split(/\/providers\//i)
      .at(-1)
      ?.split('/') ?? [];
  const typeNames = segments.filter((_, index) => index % 2 === 0);
  return {
    text: trimmed,
    key: trimmed.toLowerCase(),
    subscriptionId: subscription.toLowerCase(),
    resourceGroup: group,
    type: namespace
      ? [namespace, ...typeNames].join('/')
      : group === undefined
        ? 'Microsoft.Resources/subscriptions'
        : 'Microsoft.Resources/subscriptions/resourceGroups',
    name: trimmed.slice(trimmed.lastIndexOf('/') + 1),
  };
}

function unreadable(text: string, why: string): RemediationError {
  // Others chose it, and it is no id: what looks like a secret is taken out before anything is said about it.
  const safe = redact(text);
  const shown = safe.length > shownOfId ? `${safe.slice(0, shownOfId).toWellFormed()}...` : safe;
  return new RemediationError('malformed-input', `Cannot read the resource id "${shown}": ${why}`);
}

/** The last name in an id, however little else of it can be read. */
export function nameIn(id: string): string {
  const trimmed = id.endsWith('/') ? id.slice(0, -1) : id;
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/** The type in an id that has one, such as `Microsoft.Storage/storageAccounts`; empty for one that cannot be read. */
export function typeIn(id: string): string {
  try {
    return parseResourceId(id).type;
  } catch {
    return '';
  }
}

/** Whether a text is the id of a resource, group or subscription. */
export function isResourceId(text: string): boolean {
  return text.length <= longestResourceId && pattern.test(text.replace(/\/+$/, ''));
}

/** The same as {@link parseResourceId}; undefined for a text that is no such id. For what is only shown, or compared. */
export function resourceIdIn(text: string): ResourceId | undefined {
  return isResourceId(text) ? parseResourceId(text) : undefined;
}

/** Whether two ids name the same resource. */
export function isSameResource(one: string, other: string): boolean {
  return one.toLowerCase().replace(/\/+$/, '') === other.toLowerCase().replace(/\/+$/, '');
}

/** The id of the ancestor of the given type, such as the account of a container; undefined when there is none. */
export function ancestorOfType(id: ResourceId, type: string): ResourceId | undefined {
  let text = id.text;
  for (let depth = 0; depth < 8; depth += 1) {
    const candidate = parseResourceId(text);
    if (candidate.type.toLowerCase() === type.toLowerCase()) {
      return candidate;
    }
    const shorter = text.replace(/\/[^/]+\/[^/]+$/, '');
    if (shorter === text || !/\/providers\/[^/]+\//i.test(shorter)) {
      return undefined;
    }
    text = shorter;
  }
  return undefined;
}
