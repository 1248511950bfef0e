import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../shared/contract/json.ts';
import { openHalts } from '../../../shared/ledger/checkpoints/halts.ts';
import type { Records } from '../../../shared/records/open-records.ts';
import { account } from '../../support/estate.ts';
import { GuardWorld, minuteMs, policyWith, TestSwitch } from '../../support/guard-world.ts';
import { TableWriter } from '../../support/planted.ts';

/**
 * Whoever can write the table of the ledger makes no change happen, and unbars nobody: changes stop, and people are told by
 * halt and log.
 */

let world: GuardWorld;
let rows: TableWriter;
beforeAll(async () => {
  world = await GuardWorld.start(true);
  rows = new TableWriter(world.bed, 'ledger');
});
afterAll(() => world.bed.stop());

const asks = policyWith({}, { modeOf: () => ({ mode: 'approve', rule: 'test' }) });
const records = () => world.engine as never as Records;
/** As a fresh worker: halts are remembered for half a minute. */
const isHalted = () => openHalts(records().evidence.files, world.clock).isHalted();
const alerts = () => world.bed.log.filter((line) => line.includes('leakstop-changes-stopped')).length;

beforeEach(async () => {
  await world.guard(['weights', 'calm'], { killSwitch: new TestSwitch(), policy: asks });
  await records().halts.resume('a person', 'between two tests');
  await world.opens('weights');
  expect(Object.values(await world.holds())).toEqual(['awaiting-decision']);
});

const notBelieved = { kind: 'postponed', error: { code: 'rows-not-believed' } };

/** The end of a look at the account, after every pause. */
function looked() {
  world.clock.advance(30 * minuteMs);
  return world.tell(world.idOf('weights'));
}

const planted = { actor: {}, owner: 'nobody', reason: 'planted', until: '2199-12-31T00:00:00.000Z' };

describe('an open row', () => {
  it.each<[string, (data: JsonObject) => JsonObject]>([
    ['gets a permission to drift', (data) => ({ ...data, permission: { caseId: 'x', ...planted } })],
    [
      'gets a permission that is over',
      (data) => ({ ...data, permission: { caseId: 'x', ...planted, until: '2020-01-01T00:00:00.000Z' } }),
    ],
    ['was not witnessed', (data) => ({ ...data, witnessed: false })],
    ['has another opener', (data) => ({ ...data, opener: { grade: 'candidates', actors: [] } })],
    ['has its questions taken away', ({ asked: _asked, ...data }) => data],
    ['has a change of somebody else', (data) => ({ ...data, change: null })],
  ])('that %s decides nothing: changes stop, and people are told', async (_, change) => {
    const before = alerts();
    await rows.alterCases(world.subscription, 'open', change);
    expect(await looked()).toMatchObject(notBelieved);
    expect(world.isClosed('weights')).toBe(false);
    expect(await isHalted()).toBe(true);
    expect(alerts()).toBeGreaterThan(before);
  });

  it('that is removed keeps nothing from being noticed', async () => {
    await rows.drop(world.subscription, 'open!');
    expect(await looked()).toMatchObject(notBelieved);
    expect(await isHalted()).toBe(true);
  });
});

it('a head without a seal is believed only after a person let changes go on who saw that end', async () => {
  const [head] = await rows.rows(world.subscription, 'head');
  const { seal: _seal, sealedBy: _by, etag: _etag, ...others } = head ?? expect.fail('there is a head');
  await rows.put(others);
  const fresh = await world.bed.newEngine({ policy: asks });
  (world as { engine: typeof fresh }).engine = fresh;
  expect(await looked()).toMatchObject(notBelieved);
  expect(await isHalted()).toBe(true);
  await records().halts.resume('a person', 'the rows were restored from a copy');
  (world as { engine: typeof fresh }).engine = await world.bed.newEngine({ policy: asks });
  world.clock.advance(30 * minuteMs);
  await world.opens('weights', { minimumTlsVersion: 'TLS1_1' });
  const [sealed] = await rows.rows(world.subscription, 'head');
  expect(sealed).toMatchObject({ sealedBy: 'worker' });
  expect(await isHalted()).toBe(false);
});

it('a person who vouches for an end does not vouch for rows that no entry says', async () => {
  await rows.alterCases(world.subscription, 'open', (data) => ({ ...data, witnessed: false }));
  expect(await looked()).toMatchObject(notBelieved);
  await records().halts.resume('a person', 'without a look');
  (world as { engine: typeof world.engine }).engine = await world.bed.newEngine({ policy: asks });
  expect(await looked()).toMatchObject(notBelieved);
  expect(await isHalted()).toBe(true);
});

describe('a closed row', () => {
  const closes = policyWith({}, {});
  beforeEach(async () => {
    await world.guard(['weights'], { killSwitch: new TestSwitch(), policy: closes });
    await records().halts.resume('a person', 'between two tests');
    world.clock.advance(minuteMs);
    await world.opens('weights');
    expect(world.isClosed('weights')).toBe(true);
  });

  it.each<[string, (data: JsonObject) => JsonObject]>([
    ['was an undo', (data) => ({ ...data, closed: 'undone', undo: { ...planted, caseId: 'x' } })],
    ['has another change to take back', (data) => ({ ...data, change: null })],
  ])('that says it %s holds nothing open: people are told', async (_, change) => {
    expect(await rows.alterCases(world.subscription, 'closed', change)).toBe(1);
    world.clock.advance(30 * minuteMs);
    world.becomes(account(world.subscription, 'weights', { minimumTlsVersion: 'TLS1_0' }));
    expect(await looked()).toMatchObject(notBelieved);
    expect(await isHalted()).toBe(true);
  });

  it('from before there were seals counts once a person vouched for it, and for good', async () => {
    const [row] = await rows.rows(world.subscription, 'closed!');
    const { seal: _seal, etag: _etag, ...others } = row ?? expect.fail('there is a closed row');
    await rows.put(others);
    expect(await reopened()).toMatchObject(notBelieved);
    await records().halts.resume('a person', 'it is from before');
    (world as { engine: typeof world.engine }).engine = await world.bed.newEngine({ policy: closes });
    expect(await reopened()).not.toMatchObject(notBelieved);
    expect(world.isClosed('weights')).toBe(true);
    (world as { engine: typeof world.engine }).engine = await world.bed.newEngine({ policy: closes });
    expect(await reopened()).not.toMatchObject(notBelieved);
    expect(await isHalted()).toBe(false);
  });

  function reopened() {
    world.becomes(account(world.subscription, 'weights', { minimumTlsVersion: 'TLS1_0' }));
    return looked();
  }
});
