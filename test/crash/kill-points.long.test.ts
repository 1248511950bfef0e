import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crashScenarios } from '../support/crash-scenarios.ts';
import type { CrashScenarioName } from '../support/crash-scenarios.ts';
import type { KillPoint } from '../support/kill-points.ts';
import { moments } from '../support/kill-points.ts';
import type { Told } from '../support/kill-report.ts';
import { describeKill, killEverywhere, report } from '../support/kill-report.ts';
import type { CrashBed } from '../support/run-crash.ts';
import { killsOf, runCrash, startCrashBed } from '../support/run-crash.ts';

const names = Object.keys(crashScenarios) as CrashScenarioName[];
let crash: CrashBed;

beforeAll(async () => {
  crash = await startCrashBed();
});
afterAll(() => crash.bed.stop());

describe.each(names)('%s', (name) => {
  it('killed at any request closes once', async () => {
    expect(await killEverywhere(crash, name, 'request')).toEqual([]);
  });

  it("killed at any of the engine's own calls closes once", async () => {
    expect(await killEverywhere(crash, name, 'call')).toEqual([]);
  });

  it('killed twice closes once', async () => {
    const told: Told[] = [];
    for (const [index, first] of (await killsOf(crash, name, 'request')).entries()) {
      const second = secondKill(index);
      const run = await runCrash(crash, name, { kills: [first, second] });
      told.push({ at: `${describeKill(first)}; then ${second.number}, ${second.moment}`, run });
    }
    expect(report(`${name}, twice`, told)).toEqual([]);
  });
});

/** Another point and moment for each first kill, the same ones in every run. */
function secondKill(index: number): KillPoint {
  return {
    kind: 'request',
    number: 1 + ((index * 7) % 16),
    moment: moments[index % moments.length] ?? 'before',
  };
}
