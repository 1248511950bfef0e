import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultEffect, FaultTarget } from '../../sandbox/faults.ts';
import type { CrashScenarioName } from '../support/crash-scenarios.ts';
import type { Told } from '../support/kill-report.ts';
import { report } from '../support/kill-report.ts';
import type { Meddle, SeenRequest } from '../support/request-faults.ts';
import { RequestFaults } from '../support/request-faults.ts';
import type { CrashBed, CrashRun } from '../support/run-crash.ts';
import { runCrash, startCrashBed } from '../support/run-crash.ts';

/** Limits short enough to be waited for: of a request to a table, and of a claim, which bounds those to Azure. */
const limits = { tableTimeoutInMs: 400, claimInMs: 4_000 };

const effects: Readonly<Record<string, FaultEffect>> = {
  'connection reset before': { kind: 'reset-before' },
  'connection reset after': { kind: 'reset-after' },
  500: { kind: 'status', status: 500 },
  '429 with Retry-After': { kind: 'status', status: 429, retryAfterInSeconds: 7 },
  'answer too late': { kind: 'hang-after', milliseconds: 5_000 },
};

let crash: CrashBed;
let faults: RequestFaults;

beforeAll(async () => {
  crash = await startCrashBed({ hasShortTokens: true });
  faults = new RequestFaults(crash.bed.faults);
});
afterAll(() => crash.bed.stop());

async function play(
  name: CrashScenarioName,
  meddle: Meddle,
  mayWithdraw = false,
): Promise<CrashRun & { seen: readonly SeenRequest[] }> {
  const run = await runCrash(crash, name, {
    surroundings: limits,
    aside: faults.aside,
    during: (act) => faults.during(meddle, act),
    // An answer that was lost, or came too late, leaves open whether the write took effect.
    mostWrites: 2,
    mayWithdraw,
  });
  return { ...run, seen: faults.seen };
}

/** Plays the scenario once for each of its requests to a service, that one request being hit. */
async function hitEach(
  name: CrashScenarioName,
  target: FaultTarget,
  effect: FaultEffect,
  always: Meddle = () => [],
): Promise<readonly string[]> {
  const undisturbed = await play(name, always);
  expect(undisturbed.problems).toEqual([]);
  const told: Told[] = [];
  for (const { number, method } of undisturbed.seen.filter((request) => request.target === target)) {
    const hit: Meddle = (request) =>
      request.number === number ? [...always(request), effect] : always(request);
    // What Azure throttled did not happen, and neither did what was not sent since the claim ran out over the wait.
    const run = await play(name, hit, effect.kind === 'status' && effect.status === 429);
    told.push({ at: `${number} ${method} ${target}`, run });
  }
  expect(told.length).toBeGreaterThan(0);
  return report(`${name}, ${target}, ${JSON.stringify(effect)}`, told);
}

describe.each(['three drifts on one account', 'a container'] as const)('%s', (name) => {
  describe.each(['tables', 'arm'] as const)('any one request to %s', (target) => {
    it.each(Object.entries(effects))('%s: closes once', async (_, effect) => {
      expect(await hitEach(name, target, effect)).toEqual([]);
    });
  });
});

describe('any one request for a token', () => {
  // The identity client itself waits as long as it is asked to, in real time.
  const short: Record<string, FaultEffect> = {
    ...effects,
    '429 with Retry-After': { kind: 'status', status: 429, retryAfterInSeconds: 1 },
    'answer too late': { kind: 'hang-after', milliseconds: 1_000 },
  };
  it.each(Object.entries(short))('%s: closes once', async (_, effect) => {
    expect(await hitEach('one drift on an account', 'identity', effect)).toEqual([]);
  });
});

/** Work that is put off puts a message on the queue. */
describe('any one request to queues, after Azure put the write off', () => {
  const isFirstWrite = ({ method }: SeenRequest, seen: readonly SeenRequest[]): boolean =>
    method === 'PATCH' && seen.filter((request) => request.method === 'PATCH').length === 1;
  const putOff: Meddle = (request) =>
    isFirstWrite(request, faults.seen) ? [{ kind: 'status', status: 503, retryAfterInSeconds: 3 }] : [];

  it.each(Object.entries(effects))('%s: closes once', async (_, effect) => {
    const late: FaultEffect = effect.kind === 'hang-after' ? { ...effect, milliseconds: 11_000 } : effect;
    expect(await hitEach('one drift on an account', 'queues', late, putOff)).toEqual([]);
  });
});
