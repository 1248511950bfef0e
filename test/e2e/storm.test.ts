import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Deployed } from './deployed.ts';
import { startDeployed } from './deployed.ts';
import { sized } from '../support/effort.ts';
import { playStorm } from './storm.ts';

let deployed: Deployed;
const accounts = 20;
/** At length more than three times as many. */
const events = sized(300, 1_000);

beforeAll(async () => {
  deployed = await startDeployed({ accounts, latency: { reads: 100, writes: 300 } });
});
afterAll(() => deployed.stop());

test(`${events} events on ${accounts} accounts cost calls by the second and account, not by the event, and all is closed`, async () => {
  const result = await playStorm(deployed, events);
  expect(result).toMatchObject({
    stillOpen: 0,
    closedCases: accounts / 2,
    openCases: 0,
    poisoned: 0,
    givenUp: 0,
    undelivered: 0,
    waiting: 0,
    ledgerProblems: [],
    writes: accounts / 2,
  });
  // A few for each account, and at most one a second for each as long as it lasts; never one for each event.
  const seconds = result.milliseconds / 1_000;
  expect(result.reads).toBeLessThanOrEqual(accounts * (4 + seconds));
  // A slow machine takes more seconds: the bound by the second is the one that counts.
  expect(result.reads).toBeLessThan(result.events);
});
