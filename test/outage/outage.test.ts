import { test } from 'vitest';
import { expectNothingLost } from './outage-law.ts';

// The other services, one after the other: `npm run test:long`.
test('while tables are away nothing is lost or poisoned, and all is closed afterwards', () =>
  expectNothingLost('tables'));
