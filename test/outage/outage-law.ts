import { expect } from 'vitest';
import { calmFactor } from '../support/calm-factor.ts';
import { playOutage } from './outage.ts';
import type { Dependency } from './run.ts';

// An hour with 1,000 events each is `npm run bench -- outage`. Long enough for a message to be given up five times over.
const plan = { events: 60, accounts: 10, minutes: 6 };
/** On a calm machine: a time limit of 10 s leaves a quarter of a second. */
const factor = 40;

/** Nothing is lost or poisoned while something is away, and all is closed afterwards. */
export async function expectNothingLost(dependency: Dependency): Promise<void> {
  const result = await playOutage({ ...plan, dependency }, calmFactor(factor));
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
}
