import { expect, it } from 'vitest';
import { toRemediationError } from '../../../shared/azure/to-remediation-error.ts';
import { isTransient } from '../../../shared/errors.ts';

it.each(['AbortError', 'TimeoutError'])(
  'a request that runs out of time (%s) is done again later',
  (name) => {
    const error = toRemediationError(
      Object.assign(new Error('The operation was aborted.'), { name }),
      'read "x"',
    );
    expect(error.code).toBe('azure-unavailable');
    expect(isTransient(error)).toBe(true);
    expect(error.message).toBe('Cannot read "x": no answer in time');
  },
);
