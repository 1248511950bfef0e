import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../cli/leakstop.ts';
import { RemediationError } from '../../shared/errors.ts';
import { entryKey } from '../../shared/ledger/format/keys.ts';
import { entryRow, headRow } from '../../shared/ledger/rows.ts';
import type { Row } from '../../shared/ledger/table.ts';
import { type ApiWorld, openApiWorld, subscription } from '../support/api-world.ts';
import { madeChain, numbers } from '../support/made-ledger.ts';
import { type Ended, newFolder, run } from './run.ts';
import { openApiAs, placeOf } from './service.ts';

// More than a page of each.
const chains = {
  [subscription]: madeChain(subscription, 2_300, numbers(3)),
  service: madeChain('service', 20, numbers(2)),
};

let world: ApiWorld;
beforeEach(async () => {
  world = await openApiWorld();
  fill(() => true);
});
afterEach(() => world.close());

function fill(isThere: (row: Row) => boolean): void {
  world.memory.replaceRows([]);
  const rows = Object.entries(chains).flatMap(([chain, entries]) => [
    ...entries.map((entry) => entryRow(entry, entry.bodyText)),
    headRow({
      chain,
      sequence: entries.length,
      hash: entries.at(-1)!.hash,
      commit: '',
      hour: '',
      changes: 0,
      data: {},
    }),
  ]);
  world.memory.replaceRows((rows as Row[]).filter(isThere));
}

const download = (line: string[], given: Partial<Context> = {}): Promise<Ended> =>
  run(['ledger', 'download', ...line, ...placeOf(world)], { openApi: openApiAs(world, 'Auditor'), ...given });
const newFile = (): string => join(newFolder(), 'ledger.ndjson');

describe('a download', () => {
  it('is one file of the whole ledger, the same as an export makes', async () => {
    const [file, exported] = [newFile(), newFile()];
    const { code, told } = await download(['-o', file]);
    expect([code, told]).toEqual([0, expect.stringContaining('Downloaded 2320 entries')]);
    // 4: nothing is wrong, and no checkpoint vouches for it.
    expect((await run(['ledger', 'verify', file])).code).toBe(4);
    const bodies = { putBody: () => Promise.resolve(), getBody: () => Promise.resolve(undefined) };
    await run(
      ['ledger', 'export', '--tables', 'https://t.test', '--blobs', 'https://b.test', '-o', exported],
      {
        openStorage: () => Promise.resolve({ table: world.memory.client(), bodies }),
      },
    );
    expect(readFileSync(file, 'utf8')).toBe(readFileSync(exported, 'utf8'));
  });

  it('is of the chains that are wanted', async () => {
    const { code, out } = await download(['--subscription', 'service']);
    expect([code, out.split('\n').length]).toEqual([0, 23]);
    expect((await download(['--subscription', 'tenant'])).told).toContain('there is no chain "tenant"');
  });

  it('of a chain that is short is not whole', async () => {
    fill((row) => row.partitionKey !== subscription || row.rowKey !== entryKey(2_300));
    const file = newFile();
    const { code, told } = await download(['-o', file]);
    expect([code, told]).toEqual([3, expect.stringMatching(/NOT complete[^]*ends before entry 2300/)]);
    expect(readFileSync(file, 'utf8')).not.toContain('"end":true');
  });

  it('of a chain that lacks an entry is whole, and found out', async () => {
    fill((row) => row.partitionKey !== subscription || row.rowKey !== entryKey(1_500));
    const file = newFile();
    expect((await download(['-o', file])).code).toBe(0);
    expect((await run(['ledger', 'verify', file])).code).toBe(1);
  });

  it('is not begun while the ledger is away, nor over a file that is there', async () => {
    const file = newFile();
    await download(['-o', file, '--subscription', 'service']);
    expect((await download(['-o', file])).told).toContain('it is there already');
    world.breakLedger(new RemediationError('storage-unavailable', 'Cannot read: away'));
    expect((await download(['-o', newFile()])).told).toContain('Cannot read: away; try again in 10 seconds');
  });

  it('says --json with a file only', async () => {
    expect((await download(['--json'])).code).toBe(2);
    const { out } = await download(['--json', '-o', newFile()]);
    expect(JSON.parse(out)).toMatchObject({ entries: 2_320, chains: 2 });
  });
});
