import { expect } from 'vitest';
import type { CrashBed, CrashRun } from './run-crash.ts';
import { killsOf, runCrash } from './run-crash.ts';
import type { CrashScenarioName } from './crash-scenarios.ts';
import type { KillPoint, PointKind } from './kill-points.ts';

/** A run with the kill that it was for. */
export interface Told {
  readonly at: string;
  readonly run: Pick<CrashRun, 'problems' | 'closedAfterMs'>;
}

/** Kills one process at each point of a scenario, or at one of so many; gives what went wrong. */
export async function killEverywhere(
  crash: CrashBed,
  name: CrashScenarioName,
  kind: PointKind,
  oneOf = 1,
): Promise<readonly string[]> {
  const told: Told[] = [];
  const kills = await killsOf(crash, name, kind);
  for (const kill of kills.filter((_, index) => index % oneOf === 0)) {
    told.push({ at: describeKill(kill), run: await runCrash(crash, name, { kills: [kill] }) });
  }
  expect(told.length).toBeGreaterThan(0);
  return report(`${name}, ${oneOf === 1 ? 'every' : `one of ${oneOf}`} ${kind}`, told);
}

export function describeKill({ number, moment, name }: KillPoint & { readonly name: string }): string {
  return `${number} ${name}, ${moment}`;
}

/** Prints how many points there were and how long it took until everything was closed; returns what went wrong. */
export function report(title: string, told: readonly Told[]): readonly string[] {
  const times = told
    .map(({ run }) => run.closedAfterMs)
    .filter((time) => time !== undefined)
    .sort((one, other) => one - other);
  const seconds = (ms: number | undefined) => `${((ms ?? 0) / 1_000).toFixed(1)} s`;
  const closure =
    times.length === 0
      ? ''
      : `, closed after ${seconds(times[Math.floor(times.length / 2)])} (median), ${seconds(times.at(-1))} (max)`;
  process.stdout.write(`${title}: ${told.length} points${closure}\n`);
  return told.flatMap(({ at, run }) => run.problems.map((problem) => `${at}: ${problem}`));
}
