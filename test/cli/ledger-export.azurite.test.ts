import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Context } from '../../cli/leakstop.ts';
import { openBodyBlobs } from '../../shared/ledger/body-blobs.ts';
import type { BodyStore } from '../../shared/ledger/body-store.ts';
import { parseHeader } from '../../shared/ledger/format/entry.ts';
import { makeErasure } from '../../shared/ledger/format/erasure.ts';
import { caseKey, entryKey } from '../../shared/ledger/format/keys.ts';
import { openLedger } from '../../shared/ledger/open-ledger.ts';
import { blobClientOptions } from '../../shared/ledger/storage-clients.ts';
import { type AzuriteTables, startAzuriteTables } from '../support/azurite-table.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { identityOf } from '../sandbox/harness/identity.ts';
import { type Ended, newFolder, run } from './run.ts';
import { anyEntry } from '../support/sample-payloads.ts';

const subscription = '00000000-0000-0000-0000-0000000000c1';
const control = 'storage-account-https-only';
const other = 'blob-container-anonymous-access';
const start = '2026-03-01T12:00:00.000Z';
const endpoints = ['--tables', 'https://tables.example', '--blobs', 'https://blobs.example'];
const worker = '11111111-1111-1111-1111-111111111111';

let tables: AzuriteTables;
let bodies: BodyStore;
beforeAll(async () => {
  tables = await startAzuriteTables();
  const service = new BlobServiceClient(tables.urls.blobs, tables.credential, blobClientOptions());
  const container = service.getContainerClient('ledger-bodies');
  await container.createIfNotExists();
  bodies = openBodyBlobs(container);
});
afterAll(() => tables.stop());

/** Twelve cases, opened and closed a minute each, in the subscription's chain; three entries of the service. */
async function fill(table: TableClient, drifts = 12): Promise<void> {
  const clock = new ManualClock(start);
  const ledger = openLedger({ table, bodies, clock });
  for (let index = 0; index < drifts; index += 1) {
    const root = `/subscriptions/${subscription}/a${index}`;
    const name = index % 3 === 0 ? other : control;
    const key = caseKey(root, root, name);
    const caseId = `case-${index}`;
    const body = {
      resource: root,
      control: name,
      payload: { text: index === 5 ? 'x'.repeat(250_000) : '=1+1' },
    };
    const kinds = ['case-opened', 'case-decided', 'case-closed'] as const;
    const { kind } = await ledger.append({
      chain: subscription,
      entries: kinds.map((each) => anyEntry({ kind: each, key, caseId, body })),
      cases: [{ key, caseId, expected: 'absent', data: {} }],
    });
    expect(kind).toBe('committed');
    clock.advance(60_000);
  }
  for (const kind of ['event-unreadable', 'work-failed', 'signal-received'] as const) {
    await ledger.append({
      chain: 'service',
      entries: [anyEntry({ kind, body: { payload: { what: kind } } })],
      cases: [],
    });
  }
}

const exportFrom = (table: TableClient, line: string[], given: Partial<Context> = {}): Promise<Ended> =>
  run(['ledger', 'export', ...endpoints, ...line], {
    openStorage: () => Promise.resolve({ table, bodies }),
    ...given,
  });
const verify = (...line: string[]): Promise<Ended> => run(['ledger', 'verify', ...line]);
const newFile = (name = 'export.ndjson'): string => join(newFolder(), name);
const linesOf = (file: string): string[] => readFileSync(file, 'utf8').trimEnd().split('\n');

/** Interrupts after so many entries. */
function interruptedAfter(entries: number): Partial<Context> {
  const controller = new AbortController();
  let seen = 0;
  return {
    signal: controller.signal,
    progress: () => ({
      advance: () => {
        seen += 1;
        if (seen === entries) {
          controller.abort(new Error('interrupted'));
        }
      },
      stop: () => undefined,
    }),
  };
}

describe('an export', () => {
  let table: TableClient;
  beforeAll(async () => {
    table = await tables.create();
    await fill(table);
  });

  test('is whole, verifies, and holds large bodies too', async () => {
    const file = newFile();
    const { code, told } = await exportFrom(table, ['-o', file]);
    expect(told).toBe(`Exported 39 entries, 39 with their body, to "${file}".\n`);
    expect(code).toBe(0);
    expect(linesOf(file)).toHaveLength(41);
    expect(readFileSync(file, 'utf8')).toContain('x'.repeat(250_000));
    const { code: verdict, out } = await verify(file);
    expect(out).toContain(`chain ${subscription}: entries 1 to 36 fit together (36 with body).`);
    expect(verdict).toBe(4);
  });

  test('is the same bytes each time, on standard output too', async () => {
    const file = newFile();
    await exportFrom(table, ['-o', file]);
    const { out } = await exportFrom(table, []);
    expect(out).toBe(readFileSync(file, 'utf8'));
  });

  test.each<[string, string[], number]>([
    ['a case', ['--case', 'case-3'], 3],
    ['a control', ['--control', other], 12],
    ['from a time on', ['--since', '2026-03-01T12:10:00Z'], 6 + 3],
    ['up to a time', ['--until', '2026-03-01T13:01:00+01:00'], 3],
    [
      'both, and a control',
      ['--since', '2026-03-01T12:09:00Z', '--until', '2026-03-02', '--control', other],
      3,
    ],
    ['a subscription', ['--subscription', subscription.toUpperCase()], 36],
  ])('of %s carries the other headers, and verifies', async (_, line, withBody) => {
    const file = newFile();
    const { code } = await exportFrom(table, ['-o', file, ...line]);
    expect(code).toBe(0);
    expect(linesOf(file).filter((each) => each.startsWith('{"body":'))).toHaveLength(withBody);
    expect((await verify(file)).code).toBe(4);
  });

  test('says as JSON what it did', async () => {
    const file = newFile();
    const { out } = await exportFrom(table, ['-o', file, '--json']);
    expect(JSON.parse(out)).toEqual({ file, entries: 39, bodies: 39, isWhole: true, findings: [] });
  });

  test('as CSV opens in Excel and runs nothing there', async () => {
    const file = newFile('export.csv');
    const { code } = await exportFrom(table, ['-o', file, '--format', 'csv', '--case', 'case-5']);
    expect(code).toBe(0);
    const text = readFileSync(file, 'utf8');
    expect(text.startsWith('\uFEFF"chain","sequence","time","kind","case",')).toBe(true);
    const rows = text.trimEnd().split('\r\n');
    expect(rows).toHaveLength(4);
    expect(rows.every((row) => row.length < 40_000)).toBe(true);
    expect(rows[1]).toContain('… (cut)');
    expect(existsSync(`${file}.part`)).toBe(false);
  });

  test('refuses to overwrite, and a chain that is not there', async () => {
    const file = newFile();
    writeFileSync(file, 'mine');
    const { code, told } = await exportFrom(table, ['-o', file]);
    expect(told).toContain('it is there already');
    expect(code).toBe(3);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect((await exportFrom(table, ['-o', file, '--force'])).code).toBe(0);
    expect((await exportFrom(table, ['--subscription', 'tenant'])).told).toContain('no chain "tenant"');
  });
});

describe('an interrupted export', () => {
  let table: TableClient;
  beforeAll(async () => {
    table = await tables.create();
    await fill(table);
  });

  test.each([0, 1, 3, 4, 20, 38])(
    'after %i entries says so, and is gone on with to the same bytes',
    async (entries) => {
      const [whole, file] = [newFile(), newFile()];
      await exportFrom(table, ['-o', whole]);
      const aborted = AbortSignal.abort(new Error('interrupted'));
      const { code, told } = await exportFrom(
        table,
        ['-o', file],
        entries === 0 ? { signal: aborted } : interruptedAfter(entries),
      );
      expect(told).toContain(`is NOT complete. Go on with: leakstop ledger export --resume "${file}"`);
      expect(code).toBe(3);
      expect((await verify(file)).out).toContain('INTERRUPTED');
      const resumed = await exportFrom(table, ['--resume', file]);
      expect(resumed.code).toBe(0);
      expect(readFileSync(file, 'utf8')).toBe(readFileSync(whole, 'utf8'));
    },
  );

  test('is gone on with from half a line', async () => {
    const [whole, file] = [newFile(), newFile()];
    await exportFrom(table, ['-o', whole]);
    const text = readFileSync(whole, 'utf8');
    writeFileSync(file, text.slice(0, text.length / 2));
    expect((await exportFrom(table, ['--resume', file])).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('is not gone on with where it does not fit', async () => {
    const file = newFile();
    await exportFrom(table, ['-o', file]);
    const text = readFileSync(file, 'utf8');
    expect((await exportFrom(table, ['--resume', file])).told).toContain('the export is complete');
    const lines = text.split('\n');
    writeFileSync(file, `${lines.slice(0, 3).join('\n')}\n${lines[4]!}\n`);
    expect((await exportFrom(table, ['--resume', file])).told).toContain('does not follow the one before it');
    const another = await tables.create();
    await fill(another);
    writeFileSync(file, `${lines.slice(0, 20).join('\n')}\n`);
    const { code, told } = await exportFrom(another, ['--resume', file]);
    expect(told).toContain('the last one in the file, is not in the table any more, or is another one');
    expect(code).toBe(1);
    expect((await exportFrom(table, ['--resume', file, '--case', 'case-1'])).code).toBe(2);
  });

  test('as CSV has not the name of a whole one', async () => {
    const file = newFile('export.csv');
    const { code, told } = await exportFrom(table, ['-o', file, '--format', 'csv'], interruptedAfter(5));
    expect(told).toContain('is NOT complete');
    expect(code).toBe(3);
    expect(existsSync(file)).toBe(false);
    expect(existsSync(`${file}.part`)).toBe(true);
  });

  test('by an error of the table', async () => {
    const file = newFile();
    tables.faults.add({ target: 'tables', effect: { kind: 'status', status: 403 }, methods: ['GET'] });
    const { code, told } = await exportFrom(table, ['-o', file]);
    tables.faults.clear();
    expect(told).toContain('Cannot list the chains: 403');
    expect(told).not.toMatch(/Bearer|eyJ/);
    expect(code).toBe(3);
    expect(existsSync(file)).toBe(false);
  });
});

describe('a table that somebody changed', () => {
  test('is exported as it is, and the verifier says what was done', async () => {
    const table = await tables.create();
    await fill(table);
    const row = await table.getEntity<{ body0: string; etag: string }>(subscription, entryKey(7));
    await table.updateEntity(
      { partitionKey: subscription, rowKey: entryKey(7), body0: row.body0.replace('=1+1', '=2+2') },
      'Merge',
    );
    await table.deleteEntity(subscription, entryKey(36));
    const file = newFile();
    const { code, told } = await exportFrom(table, ['-o', file]);
    expect(told).toContain('ends with entry 35, and its head knows a later one');
    expect(code).toBe(1);
    const { out } = await verify(file);
    expect(out).toContain(`ALTERED at ${file}, line 8, chain ${subscription}, entry 7`);
  });

  test('and bodies that are gone, without and with a record', async () => {
    const table = await tables.create();
    await fill(table);
    const { header } = await table.getEntity<{ header: string }>('service', entryKey(2));
    const gone = { partitionKey: 'service', rowKey: entryKey(2), header, bodyIn: 'erased', erasedBy: 4 };
    await table.updateEntity(gone, 'Replace');
    const [before, after, filtered] = [newFile(), newFile(), newFile()];
    expect((await exportFrom(table, ['-o', before])).code).toBe(0);
    expect(linesOf(before).filter((line) => line.startsWith('{"erased":{"record":4}'))).toHaveLength(1);
    expect((await verify(before)).out).toContain('BODY-MISSING');

    const payload = makeErasure({
      entries: [{ sequence: 2, bodyHash: parseHeader(header).bodyHash }],
      reason: 'its retention is over',
      authority: 'policy',
    });
    const ledger = openLedger({ table, bodies, clock: new ManualClock(start) });
    await ledger.append({
      chain: 'service',
      entries: [{ kind: 'body-erased', body: { payload } }],
      cases: [],
    });
    await exportFrom(table, ['-o', after]);
    expect((await verify(after)).out).toContain('1 erased with a record');
    await exportFrom(table, ['-o', filtered, '--case', 'case-1']);
    expect(linesOf(filtered).filter((line) => line.includes('its retention is over'))).toHaveLength(1);
    expect((await verify(filtered)).code).toBe(4);
  });
});

describe('as a process of its own, with its own login', () => {
  let identity: Awaited<ReturnType<typeof identityOf>>;
  let environment: NodeJS.ProcessEnv;
  beforeAll(async () => {
    identity = await identityOf(worker);
    const table = new TableClient(tables.urls.tables, 'ledger', tables.credential);
    await table.createTable();
    await fill(table, 40);
    environment = {
      PATH: process.env.PATH,
      ...identity.settings,
      LeakstopStorage__tableServiceUri: tables.urls.tables,
      LeakstopStorage__blobServiceUri: tables.urls.blobs,
      NODE_EXTRA_CA_CERTS: tables.caFile,
    };
  });
  afterAll(() => identity.stop());

  function start(...line: string[]): {
    child: ChildProcess;
    ended: Promise<{ code: number | null; told: string }>;
  } {
    const program = join(import.meta.dirname, '../../cli/leakstop.ts');
    const child = spawn(process.execPath, [program, 'ledger', 'export', ...line], {
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let told = '';
    child.stderr.on('data', (text) => (told += String(text)));
    const ended = once(child, 'exit').then(([code]) => ({ code: code as number | null, told }));
    return { child, ended };
  }

  test('writes the file', async () => {
    const file = newFile();
    expect(await start('-o', file).ended).toEqual({
      code: 0,
      told: `Exported 123 entries, 123 with their body, to "${file}".\n`,
    });
    expect((await verify(file)).code).toBe(4);
  });

  test('interrupted by the user says so', async () => {
    const file = newFile(`${randomUUID()}.ndjson`);
    tables.faults.add({
      target: 'tables',
      effect: { kind: 'latency', milliseconds: 1_500 },
      methods: ['GET'],
    });
    const { child, ended } = start('-o', file);
    await expect.poll(() => existsSync(file)).toBe(true);
    child.kill('SIGINT');
    const { code, told } = await ended;
    tables.faults.clear();
    expect(told).toContain('is NOT complete. Go on with:');
    expect(code).toBe(3);
    expect((await verify(file)).out).toContain('INTERRUPTED');
    expect((await start('--resume', file).ended).code).toBe(0);
    expect((await verify(file)).code).toBe(4);
  });
});
