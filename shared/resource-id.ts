import { RemediationError } from './errors.ts';
import { redact } from './text/secrets.ts';

/** An Azure Resource Manager id, taken apart. Ids are compared without regard to case. */
export interface ResourceId {
  /** The id as given, without a trailing slash. */
  readonly text: string;
  /** The id in lower case: the form for comparing, hashing and keys. */
  readonly key: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string | undefined;
  /** Full type as given, such as `Microsoft.Storage/storageAccounts/blobServices/containers`. */
  readonly type: string;
  /** The last name in the id. */
  readonly name: string;
}

/**
 * Longest id of a resource, in characters. Azure's naming rules allow no name above 260 (resource groups 90, storage
 * accounts 24, containers 63), so no resource with a root here comes near this length.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
 */
export const longestResourceId = 2_048;

/** Most characters of an unreadable id that a message repeats. */
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
    type: namespace ? [namespace, ...typeNames].join('/') : typeOfScope(group),
    name: trimmed.slice(trimmed.lastIndexOf('/') + 1),
  };
}

function typeOfScope(group: string | undefined): string {
  return group === undefined
    ? 'Microsoft.Resources/subscriptions'
    : 'Microsoft.Resources/subscriptions/resourceGroups';
}

function unreadable(text: string, why: string): RemediationError {
  // Somebody else chose the text, and it is no id: anything that looks like a secret is removed before a message
  // repeats it.
  const safe = redact(text);
  const shown = safe.length > shownOfId ? `${safe.slice(0, shownOfId).toWellFormed()}...` : safe;
  return new RemediationError('malformed-input', `Cannot read the resource id "${shown}": ${why}`);
}

/** The last name in an id, even if the rest of it cannot be read. */
export function nameIn(id: string): string {
  const trimmed = id.endsWith('/') ? id.slice(0, -1) : id;
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/** The type in an id, such as `Microsoft.Storage/storageAccounts`. Empty for an id that cannot be read. */
export function typeIn(id: string): string {
  try {
    return parseResourceId(id).type;
  } catch {
    return '';
  }
}

/** True if a text is the id of a resource, group or subscription. */
export function isResourceId(text: string): boolean {
  return text.length <= longestResourceId && pattern.test(text.replace(/\/+$/, ''));
}

/** Like {@link parseResourceId}, but undefined for any other text. For ids that are only shown or compared. */
export function resourceIdIn(text: string): ResourceId | undefined {
  return isResourceId(text) ? parseResourceId(text) : undefined;
}

/** True if two ids name the same resource. */
export function isSameResource(one: string, other: string): boolean {
  return one.toLowerCase().replace(/\/+$/, '') === other.toLowerCase().replace(/\/+$/, '');
}

/** The ancestor of the given type, such as the account of a container, or undefined. */
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
