import type { TransactionAction } from '@azure/data-tables';
import { describe, expect, test } from 'vitest';
import type { Row } from '../../../shared/ledger/table.ts';
import type { Disturbance, TableCall } from '../../support/disturbed-table.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { connectionReset, failure, MemoryTable } from '../../support/memory-table.ts';
import { Bench, chain, root, unitOf } from './ledger-contract.ts';

const one = { name: 'one', id: 'case-1' };
const two = { name: 'two', id: 'case-2' };

function setUp() {
  const bench = new Bench(new MemoryTable().client());
  const clock = new ManualClock();
  return { bench, clock, ledger: (disturbance?: Disturbance) => bench.ledger(disturbance, { clock }) };
}

/** Does something to one call of a kind, the first unless told otherwise. */
function once<Arguments extends unknown[]>(
  call: TableCall,
  act: (...args: Arguments) => Promise<void> | void,
  nth = 1,
) {
  let count = 0;
  return async (name: TableCall, ...args: Arguments): Promise<void> => {
    count += name === call ? 1 : 0;
    if (name === call && count === nth) {
      await act(...args);
    }
  };
}

const errors = {
  'a broken connection': connectionReset,
  'a timeout': () => Object.assign(new Error('timed out'), { name: 'AbortError' }),
  'status 500': () => failure(500, 'InternalError'),
  'status 503': () => failure(503, 'ServerBusy'),
  'status 429': () => failure(429, 'TooManyRequests'),
  'a conflict that the SDK met when it repeated our own call': () =>
    failure(412, 'UpdateConditionNotSatisfied'),
  'an entity that exists since the SDK repeated our own call': () => failure(409, 'EntityAlreadyExists'),
};

describe.each(Object.entries(errors))('%s', (_, error) => {
  test.each(['before', 'after'] as const)(
    '%s the effect of each call in turn: committed once',
    async (when) => {
      for (let broken = 1; broken <= 8; broken += 1) {
        const { bench, ledger } = setUp();
        let number = 0;
        const broke = () => {
          number += 1;
          // Before its effect a conflict is the table's to report: then somebody else was first.
          if (number === broken && !(when === 'before' && isConflict(error()))) throw error();
        };
        const writer = ledger({ [when]: broke });
        await readUntilItWorks(writer);
        expect(await writer.append(unitOf(one, 'absent', ['case-opened']))).toMatchObject({ sequences: [1] });
        await readUntilItWorks(writer);
        expect(await writer.append(unitOf(one, 1, ['case-decided', 'case-closed']))).toMatchObject({
          sequences: [2, 3],
        });
        const { entries, problems } = await bench.chain();
        expect(problems).toEqual([]);
        expect(entries).toHaveLength(3);
      }
    },
  );

  test('after the effect, with a colleague committing on top of it: recognised by its entry', async () => {
    const { bench, ledger } = setUp();
    const other = ledger();
    const writer = ledger({
      after: once('submitTransaction', async () => {
        await other.append(unitOf(two, 'absent', ['case-opened']));
        throw error();
      }),
    });
    expect(await writer.append(unitOf(one, 'absent', ['case-opened']))).toMatchObject({ sequences: [1] });
    expect(await writer.append(unitOf(one, 1, ['case-held']))).toMatchObject({ sequences: [3] });
    const { entries, problems } = await bench.chain();
    expect(problems).toEqual([]);
    expect(entries.map(({ kind }) => kind)).toEqual(['case-opened', 'case-opened', 'case-held']);
  });
});

function isConflict(error: Error): boolean {
  return 'statusCode' in error && (error.statusCode === 409 || error.statusCode === 412);
}

async function readUntilItWorks(ledger: {
  readRoot(chain: string, root: string): Promise<unknown>;
}): Promise<void> {
  await ledger.readRoot(chain, root).catch(() => ledger.readRoot(chain, root));
}

test('a transaction that takes effect after it was given up for lost is committed once', async () => {
  for (let turns = 0; turns < 12; turns += 1) {
    const { bench, ledger } = setUp();
    let isFirst = true;
    const late = (call: TableCall) => {
      const isLate = call === 'submitTransaction' && isFirst;
      isFirst = isFirst && !isLate;
      return isLate ? turns : undefined;
    };
    const writer = ledger({ late });
    const commits = await Promise.all([
      writer.append(unitOf(one, 'absent', ['case-opened'])),
      ledger().append(unitOf(two, 'absent', ['case-opened'])),
    ]);
    expect(commits.map(({ kind }) => kind)).toEqual(['committed', 'committed']);
    const { entries, problems } = await bench.chain();
    expect(problems).toEqual([]);
    expect(entries).toHaveLength(2);
  }
});

test('Retry-After is honoured', async () => {
  const { ledger, clock } = setUp();
  const writer = ledger({
    before: once('submitTransaction', () => {
      throw failure(503, 'ServerBusy', { 'Retry-After': '7' });
    }),
  });
  await writer.append(unitOf(one, 'absent', ['case-opened']));
  expect(clock.pauses[0]).toBeGreaterThanOrEqual(7_000);
});

test.each([
  ['storage-unavailable', () => failure(503, 'ServerBusy')],
  ['throttled', () => failure(429, 'TooManyRequests')],
  [
    'identity-unavailable',
    () => Object.assign(new Error('no token'), { name: 'CredentialUnavailableError' }),
  ],
  ['access-denied', () => failure(403, 'AuthorizationPermissionMismatch')],
])('a table that stays away is %s, for every unit that waits', async (code, error) => {
  const { bench, ledger, clock } = setUp();
  const start = clock.now().getTime();
  const writer = ledger({
    before: () => {
      throw error();
    },
  });
  const results = await Promise.allSettled([
    writer.append(unitOf(one, 'absent', ['case-opened'])),
    writer.append(unitOf(two, 'absent', ['case-opened'])),
  ]);
  expect(results).toMatchObject([
    { status: 'rejected', reason: { code } },
    { status: 'rejected', reason: { code } },
  ]);
  expect(clock.now().getTime() - start).toBeLessThanOrEqual(30_000);
  expect(await bench.rows()).toEqual([]);
});

test('a unit that Azure refuses does not take the others along', async () => {
  const { bench, ledger } = setUp();
  const writer = ledger({
    before: (call, argument) => {
      if (call === 'submitTransaction' && JSON.stringify(argument).includes('case-2')) {
        throw failure(400, 'InvalidInput');
      }
    },
  });
  const three = { name: 'three', id: 'case-3' };
  const results = await Promise.allSettled(
    [one, two, three].map((life) => writer.append(unitOf(life, 'absent', ['case-opened']))),
  );
  expect(results).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: 'request-refused' } },
    { status: 'fulfilled' },
  ]);
  expect(await bench.chain()).toMatchObject({
    problems: [],
    open: new Map([
      ['case-1', 'open'],
      ['case-3', 'open'],
    ]),
  });
});

test('rows that contradict the head stop the chain', async () => {
  const { bench, ledger, clock } = setUp();
  await ledger().append(unitOf(one, 'absent', ['case-opened']));
  await bench.table.createEntity({ partitionKey: chain, rowKey: 'entry!0000000000000002', header: '{}' });
  await expect(ledger().append(unitOf(two, 'absent', ['case-opened']))).rejects.toMatchObject({
    code: 'internal-error',
    message: `Cannot append to chain "${chain}": its rows contradict its head`,
  });
  expect(clock.pauses.length).toBeLessThan(10);
});

test('what is cached never wins over what is there', async () => {
  const { bench, ledger } = setUp();
  const [mine, theirs] = [ledger(), ledger()];
  await mine.append(unitOf(one, 'absent', ['case-opened']));
  await theirs.append(unitOf(one, 1, ['case-held']));
  // The engine learned the version elsewhere; this process still remembers the older one.
  expect(await mine.append(unitOf(one, 2, ['case-reconsidered']))).toMatchObject({ sequences: [3] });
  await theirs.append(unitOf(one, 3, ['case-closed']));
  expect(await mine.append(unitOf({ name: 'one', id: 'case-9' }, 'absent', ['case-opened']))).toMatchObject({
    kind: 'committed',
  });
  expect((await bench.chain()).problems).toEqual([]);
});

test('a row that was read before the head moved is not taken for one of the new head', async () => {
  const { bench, ledger } = setUp();
  const other = ledger();
  let isReading = false;
  const mine = ledger({
    before: async (call) => {
      if (isReading && call === 'getEntity') {
        isReading = false;
        await other.append(unitOf(one, 1, ['case-held']));
      }
    },
  });
  await mine.append(unitOf(one, 'absent', ['case-opened']));
  isReading = true;
  expect((await mine.readRoot(chain, root)).openCases).toMatchObject([{ sequence: 1 }]);
  expect(await mine.append(unitOf(one, 1, ['case-decided']))).toMatchObject({ kind: 'case-moved' });
  expect((await bench.chain()).problems).toEqual([]);
});

test('a lost answer costs two point reads, head and last entry, and the head is only ever replaced under its ETag', async () => {
  const { bench, ledger } = setUp();
  const heads: TransactionAction[] = [];
  const writer = ledger({
    before: (_, argument) => void heads.push(...((argument ?? []) as TransactionAction[]).slice(0, 1)),
    after: once(
      'submitTransaction',
      () => {
        throw connectionReset();
      },
      2,
    ),
  });
  await writer.append(unitOf(one, 'absent', ['case-opened']));
  bench.calls.length = 0;
  await writer.append(unitOf(one, 1, ['case-held']));
  await writer.append(unitOf(one, 2, ['case-closed']));
  expect(bench.calls).toEqual(['submitTransaction', 'getEntity', 'getEntity', 'submitTransaction']);
  expect(heads).toMatchObject([
    ['create', { rowKey: 'head' }],
    ['update', { rowKey: 'head' }, 'Replace', { etag: expect.stringMatching(/^W/) as string }],
    ['update', { rowKey: 'head' }, 'Replace', { etag: expect.stringMatching(/^W/) as string }],
  ]);
});

test('nothing is ever written to an entry or a closed row a second time', async () => {
  const { bench, ledger } = setUp();
  const seen: TransactionAction[] = [];
  const writer = ledger({
    before: (_, argument) => void seen.push(...((argument ?? []) as TransactionAction[])),
  });
  await writer.append(unitOf(one, 'absent', ['case-opened']));
  await writer.append(unitOf(one, 1, ['case-held', 'case-closed']));
  const touched = seen.filter(([, row]) => /^(entry|closed)!/.test((row as Row).rowKey ?? ''));
  expect(new Set(touched.map(([action]) => action))).toEqual(new Set(['create']));
  expect((await bench.chain()).problems).toEqual([]);
});
