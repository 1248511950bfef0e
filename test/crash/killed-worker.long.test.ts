import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moments } from '../support/kill-points.ts';
import type { Told } from '../support/kill-report.ts';
import { report } from '../support/kill-report.ts';
import type { Shot, ShootingRange, StepKind } from '../support/kill-worker.ts';
import { places, shoot, startShootingRange, stepKinds } from '../support/kill-worker.ts';

const shots: readonly Shot[] = [
  ...(Object.keys(places) as (keyof typeof places)[]).flatMap((at) =>
    moments
      // A read that arrives late changes nothing.
      .filter((moment) => moment !== 'late' || !['observation', 'verification'].includes(at))
      .map((moment) => ({ at, moment })),
  ),
  { at: 'write', moment: 'after', isMachineLost: true },
];

const kinds = Object.keys(stepKinds) as StepKind[];
let range: ShootingRange;

beforeAll(async () => {
  range = await startShootingRange(shots.length * kinds.length);
});
afterAll(() => range.deployed.stop());

describe.each(kinds)('a worker that is killed (SIGKILL) over a %s', (kind) => {
  const told: Told[] = [];
  afterAll(() => void report(`${kind}, SIGKILL`, told));

  it.each(shots)('$at, $moment: closes once, and the ledger says so once', async (shot) => {
    const run = await shoot(range, kind, shot);
    told.push({ at: shot.at, run });
    expect(run.problems).toEqual([]);
  });
});
