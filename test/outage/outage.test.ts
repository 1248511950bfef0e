import { expect, test } from 'vitest';
import { playOutage } from './outage.ts';

// An hour with 1,000 events each is `npm run bench -- outage`. Long enough for a message to be given up five times over.
const plan = { events: 60, accounts: 10, minutes: 6 };
/** Low enough for a busy machine: a time limit of 10 s leaves a quarter of a second. */
const factor = 40;

test.each(['arm', 'identity', 'tables', 'queues', 'blobs'] as const)(
  'while %s is away nothing is lost or poisoned, and all is closed afterwards',
  async (dependency) => {
    const result = await playOutage({ ...plan, dependency }, factor);
    expect(result).toMatchObject({
      stillOpen: 0,
      closedCases: plan.accounts,
      openCases: 0,
      poisoned: 0,
      givenUp: 0,
      undelivered: 0,
      waiting: 0,
      ledgerProblems: [],
      writes: plan.accounts,
    });
    // It was an outage: nothing was closed while it lasted, and the first one opened waited for its end.
    expect(result.closuresInMinutes).toHaveLength(plan.accounts);
    expect(result.closuresInMinutes.at(-1)).toBeGreaterThan(plan.minutes / 2);
  },
);
