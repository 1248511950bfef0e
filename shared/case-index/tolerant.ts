import { RemediationError } from '../errors.ts';

/** What reading gives; undefined for what is there and is not of its format. What cannot be reached is thrown. */
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
