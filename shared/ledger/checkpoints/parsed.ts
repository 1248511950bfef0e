import { RemediationError } from '../../errors.ts';
import { LedgerFormatError } from '../format/json.ts';

/** What reading gives, or undefined for what cannot be read: in a checked chain that is a finding, not a fault of ours. */
export function parsed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const isUnreadable =
      error instanceof LedgerFormatError ||
      (error instanceof RemediationError && error.code === 'malformed-input');
    if (isUnreadable) {
      return undefined;
    }
    throw error;
  }
}
