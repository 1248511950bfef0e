import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Policy } from '../../../shared/policy/policy.ts';
import { GuardWorld, hourMs, minuteMs, policyWith, TestSwitch } from '../../support/guard-world.ts';
import { Deciders, decidedBySecurity, person, withDeciders } from '../../support/deciders.ts';
import { openCaseIndex } from '../../../shared/case-index/case-index.ts';
import { readStory } from '../../../shared/case-index/story.ts';
import { readerOf } from '../../support/ledger-records.ts';

let world: GuardWorld;
beforeAll(async () => {
  world = await GuardWorld.start();
});
afterAll(() => world.bed.stop());

it('the story of every case is what the chain says of it, and the followed index what a new one reads', async () => {
  const deciders = new Deciders(world, 'weights');
  const killSwitch = new TestSwitch();
  const modeOf: Policy['modeOf'] = ({ control }) => ({
    mode: control.includes('min-tls') ? 'auto' : 'approve',
    rule: 'test',
  });
  const policy = policyWith({}, { modeOf, ...decidedBySecurity, quorumOf: () => 2 });
  await world.guard(['weights'], withDeciders(deciders, { killSwitch, policy }));
  const reader = readerOf(world);
  const { ledger } = world.engine;
  const parts = { reader, ledger, subscriptions: [world.subscription], clock: world.clock };
  const followed = openCaseIndex(parts);
  await followed.read();
  const a = person('a');
  const b = person('b');
  const open = {
    minimumTlsVersion: 'TLS1_0',
    supportsHttpsTrafficOnly: false,
    allowBlobPublicAccess: true,
    allowSharedKeyAccess: true,
    publicNetworkAccess: 'Enabled',
  };
  for (let round = 0; round < 4; round += 1) {
    world.clock.advance(minuteMs);
    await world.opens('weights', open, {
      actor: { objectId: 'cccccccc-0000-4000-8000-000000000000', kind: 'User', name: 'c' },
    });
    for (const by of [a, b]) {
      for (const subject of (await deciders.cases()).open) {
        const verdict = round === 1 ? 'deny' : 'approve';
        await deciders.decide(
          verdict,
          by,
          { until: new Date(world.clock.now().getTime() + hourMs) },
          subject,
        );
        world.clock.advance(2_000);
        await followed.read();
      }
    }
    await world.passes(2 * hourMs);
    await followed.read();
  }
  const all = [];
  for await (const entry of reader.entries(world.subscription, 1)) all.push(entry);
  const view = await openCaseIndex(parts).read();
  world.clock.advance(2_000);
  const seen = (v: typeof view) => [...v.open, ...v.closed].map((each) => JSON.stringify(each)).sort();
  expect(seen(await followed.read())).toEqual(seen(view));
  const cases = [...view.open, ...view.closed];
  expect(cases.length).toBeGreaterThan(5);
  for (const each of cases) {
    const story = await readStory(reader, each);
    expect(story.entries.map(({ sequence }) => sequence)).toEqual(
      all.filter(({ caseId }) => caseId === each.caseId).map(({ sequence }) => sequence),
    );
  }
});
