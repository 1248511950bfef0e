import { RemediationError } from '../errors.ts';
import { parseResourceId } from '../resource-id.ts';

/** The scope of everything that is guarded. */
export const everywhere = '*';

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** True if a text names a scope: `*`, or the id of a subscription, a resource group or a resource. */
export function isScope(text: string): boolean {
  if (text === everywhere) {
    return true;
  }
  if (/[*?\s]|\/$/.test(text)) {
    return false;
  }
  try {
    return guid.test(parseResourceId(text).subscriptionId);
  } catch (error) {
    if (error instanceof RemediationError) {
      return false;
    }
    throw error;
  }
}

/** The form in which scopes and resources are compared. */
export function scopeKey(text: string): string {
  return text.toLowerCase().replace(/\/+$/, '');
}

/**
 * True if one scope holds another, or a resource. Both are in the form of {@link scopeKey}. The beginning of a name
 * is no scope.
 */
export function isWithin(inner: string, outer: string): boolean {
  return outer === everywhere || inner === outer || inner.startsWith(`${outer}/`);
}
