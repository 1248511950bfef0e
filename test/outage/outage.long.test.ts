import { test } from 'vitest';
import { expectNothingLost } from './outage-law.ts';

test.each(['arm', 'identity', 'queues', 'blobs'] as const)(
  'while %s is away nothing is lost or poisoned, and all is closed afterwards',
  expectNothingLost,
);
