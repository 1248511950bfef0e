import { afterAll, beforeAll, expect, it } from 'vitest';
import { killEverywhere } from '../../support/kill-report.ts';
import type { KillPoint } from '../../support/kill-points.ts';
import { RequestFaults } from '../../support/request-faults.ts';
import type { CrashBed } from '../../support/run-crash.ts';
import { runCrash, startCrashBed } from '../../support/run-crash.ts';

let crash: CrashBed;

beforeAll(async () => {
  crash = await startCrashBed();
});
afterAll(() => crash.bed.stop());

// Every point, the other scenarios, the engine's own calls and two deaths in a row: `npm run test:long`. Seven is no
// multiple of three: a process dies at each point at three moments in turn, and each moment is to come about.
const oneOf = 7;

it.each(['one drift on an account', 'three drifts on one account'] as const)(
  '%s: killed at a request, before it took effect, after it or with it on its way, closes once',
  async (name) => {
    expect(await killEverywhere(crash, name, 'request', oneOf)).toEqual([]);
  },
);

it.each<[string, KillPoint[]]>([
  ['', []],
  [', whether the worker dies over it or not', [{ kind: 'call', number: 7, moment: 'after' }]],
])('a write that Azure accepts and does not carry out closes nothing%s', async (_, kills) => {
  const faults = new RequestFaults(crash.bed.faults);
  const { kinds } = await runCrash(crash, 'one drift on an account', {
    kills,
    aside: faults.aside,
    during: (play) =>
      faults.during(({ method }) => (method === 'PATCH' ? [{ kind: 'status', status: 200 }] : []), play),
  });
  expect(kinds).toEqual(['case-opened', 'case-decided', 'change-intended', 'change-applied', 'case-failed']);
});
