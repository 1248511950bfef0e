import { expect, it } from 'vitest';
import { watchedKillSwitch } from '../../../../shared/engine/guards/watched-kill-switch.ts';
import type { Ledger } from '../../../../shared/ledger/ledger.ts';
import type { SwitchState } from '../../../../shared/policy/kill-switch.ts';

const stateOf = (changes: SwitchState['changes']): SwitchState => ({ changes, because: 'said' });

/** A switch, and a ledger that takes as long over each telling as the test wants. */
function slowlyWatched(
  from: SwitchState['changes'],
  meanwhile: () => Promise<void> = () => Promise.resolve(),
) {
  const world = { state: stateOf(from), asked: 0, told: [] as unknown[], logged: [] as string[] };
  let head: object = {};
  const ask = () => {
    world.asked += 1;
    return Promise.resolve(world.state);
  };
  const ledger = {
    readRoot: async () => {
      await meanwhile();
      return { head };
    },
    append: (unit: { head: { killSwitch: { changes: string } } }) => {
      ({ head } = unit);
      world.told.push(unit.head.killSwitch.changes);
      return Promise.resolve();
    },
  } as unknown as Ledger;
  const log = (message: string) => void world.logged.push(message);
  const logger = { information: log, warning: log, error: log };
  return { world, watched: watchedKillSwitch({ read: ask, recent: ask }, ledger, logger) };
}

it.each(['read', 'recent'] as const)(
  'turned while the ledger takes long over what was seen before: %s answers that it is stopped',
  async (how) => {
    const { world, watched } = slowlyWatched('allowed', async () => {
      await new Promise((resolve) => setImmediate(resolve));
      world.state = stateOf('stopped');
    });
    expect(await watched[how]()).toMatchObject({ changes: 'stopped' });
    // The turn itself is told at the next look.
    expect(world.told).toEqual([]);
    await watched[how]();
    expect(world.told).toEqual(['stopped']);
  },
);

it('turned while a ledger that is away is tried: the answer is stopped, and it is told later', async () => {
  const { world, watched } = slowlyWatched('allowed', () => {
    world.state = stateOf('stopped');
    return Promise.reject(new Error('away'));
  });
  expect(await watched.read()).toMatchObject({ changes: 'stopped' });
  expect(world.logged).toEqual(['A turn of the kill switch is told later']);
});

it('is asked twice only where an answer that allows had to wait for the ledger', async () => {
  const { world, watched } = slowlyWatched('stopped');
  const asks = async () => {
    const before = world.asked;
    await watched.read();
    return world.asked - before;
  };
  expect([await asks(), await asks()]).toEqual([1, 1]);
  world.state = stateOf('allowed');
  expect([await asks(), await asks()]).toEqual([2, 1]);
  expect(world.told).toEqual(['stopped', 'allowed']);
});
