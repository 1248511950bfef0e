import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openKillSwitch, parseKillSwitch } from '../../../../shared/policy/kill-switch.ts';
import { account, container } from '../../../support/estate.ts';
import { GuardWorld, minuteMs, TestSwitch } from '../../../support/guard-world.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { entriesOf } from '../../../support/scenario.ts';

let world: GuardWorld;
let killSwitch: TestSwitch;
beforeAll(async () => {
  world = await GuardWorld.start();
});
afterAll(() => world.bed.stop());
beforeEach(() => {
  killSwitch = new TestSwitch();
});

const turnsSeen = async () =>
  (await entriesOf(world.bed, 'service'))
    .filter(({ kind }) => kind === 'kill-switch-seen')
    .map(({ payload }) => payload.changes);

it('turned between two writes of one pass: the first is done and recorded, the second waits, nothing is lost', async () => {
  await world.guard(['weights'], { killSwitch });
  const id = world.idOf('weights');
  const models = container(id, 'models', 'Blob');
  world.becomes(account(world.subscription, 'weights', { allowBlobPublicAccess: true }));
  world.becomes(models);
  // The container's event comes while the account's is worked on: both are looked at in one pass.
  killSwitch.onRead = (read) => read === 2 && killSwitch.turn('stopped');
  await world.engine.work.begin(id.toLowerCase(), {
    id: 'container',
    time: world.clock.now().toISOString(),
    resource: models.id,
    source: 'event',
  });
  world.clock.advance(4 * minuteMs);
  await world.tell(id);

  expect(world.propertiesOf(id)).toMatchObject({ allowBlobPublicAccess: false });
  expect(world.propertiesOf(models.id)).toMatchObject({ publicAccess: 'Blob' });
  expect(await world.holds()).toEqual({ 'models blob-container-anonymous-access': 'kill-switch' });
  expect((await world.kinds()).filter((kind) => kind === 'case-closed')).toHaveLength(1);
  expect(await world.kinds()).toContain('change-withdrawn');

  await world.passes(5 * minuteMs);
  expect(world.propertiesOf(models.id)).toMatchObject({ publicAccess: 'Blob' });
  killSwitch.turn('allowed');
  await world.passes(5 * minuteMs);
  expect(world.propertiesOf(models.id)).toMatchObject({ publicAccess: 'None' });
  expect(await world.holds()).toEqual({});
});

it('stopped before anything is decided, no intent is written, and it goes on by itself', async () => {
  await world.guard(['weights'], { killSwitch });
  killSwitch.turn('stopped');
  await world.opens('weights');
  await world.tell(world.idOf('weights'));
  expect(world.isClosed('weights')).toBe(false);
  expect(killSwitch.reads).toBe(0);
  expect((await world.kinds()).slice(1)).toEqual(['case-opened', 'case-held']);
  killSwitch.turn('allowed');
  await world.passes(3 * minuteMs);
  expect(world.isClosed('weights')).toBe(true);
  expect(await world.holds()).toEqual({});
});

it('is read anew before each write', async () => {
  await world.guard(['a', 'b', 'c'], { killSwitch });
  for (const name of ['a', 'b', 'c']) {
    await world.opens(name);
  }
  expect(killSwitch.reads).toBe(3);
});

it('each turn is told once, whichever process sees it', async () => {
  await world.guard(['weights'], { killSwitch });
  const engines = await Promise.all([1, 2, 3].map(() => world.bed.newEngine({ killSwitch })));
  const before = await turnsSeen();
  for (const changes of ['stopped', 'allowed', 'stopped'] as const) {
    killSwitch.turn(changes);
    for (let round = 0; round < 2; round += 1) {
      await Promise.all(engines.map((engine) => engine.killSwitch.read()));
    }
  }
  // The switch was allowed, or stopped by the test before: what is told are changes only.
  const told = (await turnsSeen()).slice(before.length);
  expect(told.slice(-2)).toEqual(['allowed', 'stopped']);
  expect(told.length).toBeLessThanOrEqual(3);
});

it.each([
  [undefined, 'stopped', 'absent'],
  ['', 'stopped', 'malformed'],
  ['{"format":1,"changes":"allowed"', 'stopped', 'malformed'],
  ['{"format":2,"changes":"allowed"}', 'stopped', 'malformed'],
  ['{"format":1,"changes":"yes"}', 'stopped', 'malformed'],
  ['{"format":1,"changes":"allowed","until":"tomorrow"}', 'stopped', 'malformed'],
  ['[]', 'stopped', 'malformed'],
  ['{"format":1,"changes":"stopped","changes":"allowed"}', 'stopped', 'malformed'],
  ['{"format":1,"changes":"allowed","changes":"stopped"}', 'stopped', 'malformed'],
  ['{"format":1,"changes":"stopped","ch\\u0061nges":"allowed"}', 'stopped', 'malformed'],
  ['{"format":1,"changes":"allowed","__proto__":{"changes":"stopped"}}', 'stopped', 'malformed'],
  ['{"format":1,"changes":"allowed","reason":"\\"changes\\":\\"stopped\\""}', 'allowed', 'said'],
  ['{"format":1,"changes":"stopped","by":"me","reason":"fire"}', 'stopped', 'said'],
  ['{"format":1,"changes":"allowed"}', 'allowed', 'said'],
])('%s: %s, because %s', (text, changes, because) => {
  expect(parseKillSwitch(text)).toMatchObject({ changes, because });
});

it('what cannot be read stops changes, and only deciding remembers, for a second', async () => {
  const clock = new ManualClock();
  let reads = 0;
  let text = '{"format":1,"changes":"allowed"}';
  const store = openKillSwitch(() => {
    reads += 1;
    return text === '' ? Promise.reject(new Error('away')) : Promise.resolve(text);
  }, clock);
  expect(await store.recent()).toMatchObject({ changes: 'allowed' });
  text = '';
  expect(await store.recent()).toMatchObject({ changes: 'allowed' });
  expect(reads).toBe(1);
  expect(await store.read()).toMatchObject({ changes: 'stopped', because: 'unreadable' });
  clock.advance(1_000);
  expect(await store.recent()).toMatchObject({ changes: 'stopped', because: 'unreadable' });
});
