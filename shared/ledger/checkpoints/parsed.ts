import { RemediationError } from '../../errors.ts';
import { LedgerFormatError } from '../format/json.ts';

/**
 * Result of `read`, or undefined for malformed input: in a checked chain, malformed input is a finding and no fault of ours.
 */
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
