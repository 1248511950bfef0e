import { RemediationError } from '../errors.ts';

/**
 * The result of reading; undefined for data that exists but does not have its format. Throws for data that cannot be
 * reached.
 */
export async function unlessMalformed<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RemediationError && error.code === 'malformed-input') {
      return undefined;
    }
    throw error;
  }
}
