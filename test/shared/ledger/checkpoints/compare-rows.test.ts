import { beforeEach, describe, expect, test } from 'vitest';
import type { CheckpointMemory } from '../../../../shared/ledger/checkpoints/write-checkpoint.ts';
import { openKey } from '../../../../shared/ledger/format/keys.ts';
import type { Row } from '../../../../shared/ledger/table.ts';
import { splitText } from '../../../../shared/ledger/text-properties.ts';
import { chain, keyOf, unitOf } from '../ledger-contract.ts';
import { World } from './world.ts';

/** Each run compares the open rows with what the entries say: a row that is not so is a contradiction. */

let world: World;
/** What a process remembers. */
let memory: CheckpointMemory;
beforeEach(async () => {
  world = new World();
  memory = { chains: new Map() };
  await world.ledger.append(unitOf({ name: 'one', id: 'case-1' }, 'absent', ['case-opened', 'case-held']));
  await world.ledger.append(unitOf({ name: 'two', id: 'case-2' }, 'absent', ['case-opened']));
  await world.ledger.append(unitOf({ name: 'three', id: 'case-3' }, 'absent', ['case-opened']));
  await world.ledger.append(unitOf({ name: 'three', id: 'case-3' }, 4, ['case-closed']));
  expect(await world.run({}, memory)).toMatchObject({ outcome: 'written', contradictions: [] });
});

const one = openKey(keyOf('one'));
const kinds = async (fresh: boolean) =>
  (await world.run({}, fresh ? undefined : memory)).contradictions.map(({ kind }) => kind);

async function put(row: Row): Promise<void> {
  await world.table.createEntity({
    ...row,
    partitionKey: row.partitionKey ?? '',
    rowKey: row.rowKey ?? '',
  });
}

describe.each([
  ['in a process that has just begun', true],
  ['in a process that has compared before', false],
])('%s', (_, fresh) => {
  test('rows that are as the entries say contradict nothing, open or not', async () => {
    await world.ledger.append(unitOf({ name: 'one', id: 'case-1' }, 2, ['case-closed']));
    await world.ledger.append(unitOf({ name: 'three', id: 'case-4' }, 'absent', ['case-opened']));
    expect(await kinds(fresh)).toEqual([]);
  });

  test.each<[string, string, (row: Record<string, unknown>) => object | undefined]>([
    ['with other data', 'row-altered', (row) => ({ ...row, ...splitText('data', '{"witnessed":true}') })],
    ['with data that are none', 'row-altered', (row) => ({ ...row, data0: '-' })],
    ['in another state', 'row-altered', (row) => ({ ...row, state: 'changing' })],
    ['in a state that there is not', 'row-altered', (row) => ({ ...row, state: 'forgotten' })],
    ['of an earlier version', 'row-altered', (row) => ({ ...row, sequence: 1, state: 'open' })],
    ['of another version', 'row-altered', (row) => ({ ...row, sequence: 3 })],
    [
      'of a case that is closed',
      'row-missing',
      (row) => ({ ...row, caseId: 'case-3', sequence: 5, state: 'closed' }),
    ],
    ['of a case that never was', 'row-missing', (row) => ({ ...row, caseId: 'case-9' })],
    ['that is gone', 'row-missing', () => undefined],
  ])('a row %s is found', async (_what, kind, change) => {
    await world.tamper(chain, one, change as never);
    expect(await kinds(fresh)).toEqual([kind]);
  });

  test('a row that was planted is found', async () => {
    await put({ ...(await world.row(chain, one)), rowKey: openKey(keyOf('nine')), caseId: 'case-9' });
    expect(await kinds(fresh)).toEqual(['row-planted']);
  });

  test('a second row of an open case is found', async () => {
    await put({ ...(await world.row(chain, one)), rowKey: openKey(keyOf('nine')) });
    expect(await kinds(fresh)).toEqual(['row-altered']);
  });

  test('a case that was put back after it closed is found', async () => {
    const row = await world.row(chain, one);
    await world.ledger.append(unitOf({ name: 'one', id: 'case-1' }, 2, ['case-closed']));
    await put(row);
    expect(await kinds(fresh)).toEqual(['row-planted']);
  });

  test('commits between the entries and the rows contradict nothing', async () => {
    const { table } = world;
    let commits = 0;
    const busy = {
      ...table,
      listEntities: (options: Parameters<typeof table.listEntities>[0]) => {
        const isOpen = options?.queryOptions?.filter?.includes('open!') === true;
        return isOpen ? afterCommits(() => table.listEntities(options)) : table.listEntities(options);
      },
    };
    async function* afterCommits(list: () => AsyncIterable<Row>): AsyncGenerator<Row> {
      commits += 1;
      await world.ledger.append(unitOf({ name: 'one', id: 'case-1' }, 2, ['case-closed']));
      await world.ledger.append(unitOf({ name: 'five', id: 'case-5' }, 'absent', ['case-opened']));
      await world.ledger.append(unitOf({ name: 'two', id: 'case-2' }, 3, ['case-held']));
      yield* list();
    }
    const run = await world.run({ table: busy }, fresh ? undefined : memory);
    expect(commits).toBe(1);
    expect(run.contradictions).toEqual([]);
  });
});

test('nothing is vouched for behind the end that this app has sealed', async () => {
  const end = await world.ledger.end(chain);
  await world.plant(
    chain,
    'signal-received',
    null,
    '{"payload":{},"salt":"00000000000000000000000000000000"}',
  );
  const run = await world.run({ endOf: () => Promise.resolve(end) }, memory);
  expect(run).toMatchObject({ entries: 0 });
  expect(world.checkpoints().at(-1)?.chains).toMatchObject([{ chain, sequence: end.sequence }]);
});

test('a chain whose head is not believed is a contradiction, and keeps its earlier end', async () => {
  const { RemediationError } = await import('../../../../shared/errors.ts');
  await world.note('service');
  const endOf = (name: string) =>
    name === chain ? Promise.reject(new RemediationError('rows-not-believed', 'no')) : world.ledger.end(name);
  const run = await world.run({ endOf }, memory);
  expect(run).toMatchObject({
    outcome: 'written',
    entries: 1,
    contradictions: [{ kind: 'head-not-sealed', chain }],
  });
  world.judge();
});
