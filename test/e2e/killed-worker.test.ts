import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Told } from '../support/kill-report.ts';
import { report } from '../support/kill-report.ts';
import type { ShootingRange, StepKind } from '../support/kill-worker.ts';
import { shoot, startShootingRange } from '../support/kill-worker.ts';

let range: ShootingRange;

beforeAll(async () => {
  range = await startShootingRange(2);
});
afterAll(() => range.deployed.stop());

// Every other request at which it can be killed: `npm run test:long`.
test.each<[StepKind, 'write' | 'intent']>([
  ['storage-account-update', 'write'],
  ['blob-container-update', 'intent'],
])(
  'a worker killed (SIGKILL) over a %s, when its %s took effect and it does not know: closes once',
  async (kind, at) => {
    const told: Told[] = [{ at, run: await shoot(range, kind, { at, moment: 'after' }) }];
    expect(report(`${kind}, SIGKILL`, told)).toEqual([]);
  },
);
