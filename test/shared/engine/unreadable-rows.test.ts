import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCaseIndex } from '../../../shared/case-index/case-index.ts';
import { readCases } from '../../../shared/case/draft.ts';
import { escalateDue } from '../../../shared/engine/sweep/escalate-due.ts';
import { openChainReader } from '../../../shared/ledger/chain-reader.ts';
import { rootKey } from '../../../shared/ledger/format/keys.ts';
import { account } from '../../support/estate.ts';
import { GuardWorld, policyWith, TestSwitch } from '../../support/guard-world.ts';
import { TableWriter } from '../../support/planted.ts';

/** One row that is not of its format costs its own case, is told, and stops nobody else. */

let world: GuardWorld;
let table: TableWriter;
beforeAll(async () => {
  world = await GuardWorld.start();
  table = new TableWriter(world.bed, 'ledger');
});
afterAll(() => world.bed.stop());

beforeEach(async () => {
  const policy = policyWith({}, { modeOf: ({ control }) => ({ mode: modeOf(control), rule: 'test' }) });
  await world.guard(['weights', 'models'], { killSwitch: new TestSwitch(), policy });
});

const modeOf = (control: string) => (control === 'storage-account-https-only' ? 'approve' : 'auto');
const tls = { minimumTlsVersion: 'TLS1_0' };
const http = { supportsHttpsTrafficOnly: false };
const observable = 'weights resource-observable';
const root = () => world.idOf('weights').toLowerCase();
const tlsOf = (name: string) => world.propertiesOf(world.idOf(name)).minimumTlsVersion;

/** Nobody minds what lies beside. */
async function othersGoOn(): Promise<void> {
  await world.opens('models', tls);
  expect(tlsOf('models')).toBe('TLS1_2');
}

const rubbish: [string, object][] = [
  ['without anything', {}],
  ['in no state', { caseId: 'x', state: 'asleep', sequence: 1, data0: '{}' }],
  ['without data', { caseId: 'x', state: 'open', sequence: 1 }],
  ['whose data is no JSON', { caseId: 'x', state: 'open', sequence: 1, data0: '{' }],
  ['whose data is no case', { caseId: 'x', state: 'open', sequence: 1, data0: '{"root":7}' }],
  ['of no version', { caseId: 'x', state: 'open', sequence: -1, data0: '{}' }],
];

describe('an open row', () => {
  it.each(rubbish)('%s under a name that no case has: other cases of its root go on', async (_, row) => {
    const planted = { partitionKey: world.subscription, rowKey: `open!${rootKey(root())}.${'0'.repeat(64)}` };
    await table.put({ ...planted, ...row });
    await world.opens('weights', http);
    const view = await world.engine.ledger.readRoot(world.subscription, root());
    const states = readCases(view.openCases).cases.map(({ state, data }) => [data.control, state]);
    expect(Object.fromEntries(states)).toEqual({
      'storage-account-https-only': 'awaiting-decision',
      'resource-observable': 'failed',
    });
    const told = (await world.entries()).find(({ kind }) => kind === 'case-failed');
    expect(told?.payload.message).toMatch(/our own rows/);
    await othersGoOn();

    await table.drop(world.subscription, planted.rowKey);
    await world.tell(world.idOf('weights'));
    expect(await world.holds()).not.toHaveProperty(observable);
  });

  it.each(rubbish)('%s in the place of a case: nothing is done about that one', async (_, row) => {
    await world.opens('weights', http);
    const [own] = await table.rows(world.subscription, 'open!');
    const { partitionKey, rowKey } = own ?? expect.fail('there is a case');
    await table.put({ partitionKey, rowKey, ...row });
    await world.tell(world.idOf('weights'));
    await world.opens('weights', { ...http, ...tls });
    expect(world.propertiesOf(world.idOf('weights'))).toMatchObject(http);
    await othersGoOn();
    const open = (await table.rows(world.subscription, 'open!')).map((each) => each.rowKey);
    expect(open.length).toBeGreaterThan(1);
    await world.engine.ledger.readRoot(world.subscription, root());
    expect(await escalateDue(world.engine, world.subscription)).toBe(0);
  });

  it.each(rubbish)('%s is counted by lists, which show all others', async (_, row) => {
    await world.opens('models', http);
    await table.put({ partitionKey: world.subscription, rowKey: `open!${'0'.repeat(32)}.0`, ...row });
    await table.put({
      partitionKey: world.subscription,
      rowKey: `closed!${'0'.repeat(32)}.0`,
      closedAt: world.clock.now().toISOString(),
      ...row,
    });
    const { ledger, evidence } = world.engine as never as Parameters<typeof openCaseIndex>[0] & {
      evidence: Parameters<typeof openChainReader>[0];
    };
    const index = openCaseIndex({
      ledger,
      reader: openChainReader(evidence),
      subscriptions: [world.subscription],
      clock: world.clock,
    });
    const view = await index.read();
    expect(view.open.map(({ control }) => control)).toEqual(['storage-account-https-only']);
    expect(view.unreadable).toBe(2);
  });
});

describe('a closed row', () => {
  it.each(rubbish)(
    '%s: what was done before is not known, and nothing is done about that one',
    async (_, row) => {
      await world.opens('weights', tls);
      const [own] = await table.rows(world.subscription, 'closed!');
      const { partitionKey, rowKey, closedAt } = own ?? expect.fail('it was closed');
      await table.put({ partitionKey, rowKey, closedAt, ...row });
      await world.opens('weights', { ...tls, ...http });
      expect(tlsOf('weights')).toBe('TLS1_0');
      expect(await world.holds()).toEqual({
        'weights storage-account-https-only': 'awaiting-decision',
        [observable]: 'failed',
      });
      await othersGoOn();
    },
  );
});

it.each(rubbish)('a count of failures that cannot be read (%s) stops no other control', async (_, row) => {
  const planted = { partitionKey: 'tenant', rowKey: `open!${rootKey('automation')}.${'0'.repeat(64)}` };
  await table.put({ ...planted, ...row });
  await othersGoOn();
  world.becomes(account(world.subscription, 'models'));
  await table.drop('tenant', planted.rowKey);
});
