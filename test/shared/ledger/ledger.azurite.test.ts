import { randomUUID } from 'node:crypto';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FaultEffect } from '../../../sandbox/faults.ts';
import { openBodyBlobs } from '../../../shared/ledger/body-blobs.ts';
import { openWriteOnceFiles } from '../../../shared/ledger/write-once-files.ts';
import { blobClientOptions, ensureTables } from '../../../shared/ledger/storage-clients.ts';
import { type AzuriteTables, startAzuriteTables } from '../../support/azurite-table.ts';
import { Bench, ledgerContract, root, chain, unitOf } from './ledger-contract.ts';

let tables: AzuriteTables;
beforeAll(async () => {
  tables = await startAzuriteTables();
});
afterEach(() => tables.faults.clear());
afterAll(() => tables.stop());

ledgerContract('Azurite', () => tables.create());

describe('over the wire', () => {
  const one = { name: 'one', id: 'case-1' };

  test.each<[string, FaultEffect]>([
    ['429', { kind: 'status', status: 429, retryAfterInSeconds: 1 }],
    ['503', { kind: 'status', status: 503 }],
    ['a reset before the effect', { kind: 'reset-before' }],
    ['a reset after the effect', { kind: 'reset-after' }],
    ['an answer that comes after the client gave up', { kind: 'hang-after', milliseconds: 700 }],
  ])('%s: committed once', async (_, effect) => {
    const bench = new Bench(await tables.create(400));
    const ledger = bench.ledger();
    await ledger.readRoot(chain, root);
    tables.faults.add({ target: 'tables', effect, methods: ['POST'], times: 1 });
    expect(await ledger.append(unitOf(one, 'absent', ['case-opened']))).toMatchObject({ sequences: [1] });
    tables.faults.add({ target: 'tables', effect, methods: ['POST'], times: 1 });
    expect(await ledger.append(unitOf(one, 1, ['case-decided', 'case-closed']))).toMatchObject({
      sequences: [2, 3],
    });
    const { entries, problems } = await bench.chain();
    expect(problems).toEqual([]);
    expect(entries).toHaveLength(3);
  });

  test('the tables are made once, and making them again is no error', async () => {
    const [ledger, work] = [await tables.create(), await tables.create()];
    await ensureTables({ ledger, work });
    await ensureTables({ ledger, work });
  });

  test('of a file that is larger than is taken nothing is read, and it is no file that is not there', async () => {
    const service = new BlobServiceClient(tables.urls.blobs, tables.credential, blobClientOptions());
    const container = service.getContainerClient(`files-${randomUUID()}`);
    await container.createIfNotExists();
    const files = openWriteOnceFiles(container);
    await files.create('kill-switch.json', `${' '.repeat(20 * 1024 * 1024)}{"format":1,"changes":"allowed"}`);
    await files.create('small.json', '{}');
    await files.create('empty.json', '');
    await expect(files.read('kill-switch.json', 1_024)).rejects.toMatchObject({
      code: 'malformed-input',
      message: 'Cannot read "kill-switch.json": it has more than 1024 bytes, which nothing of this kind has',
    });
    expect(await files.read('small.json', 2)).toBe('{}');
    expect(await files.read('empty.json', 2)).toBe('');
    expect(await files.read('none.json', 2)).toBeUndefined();
  });

  test('a large body is stored once under its hash, and read back', async () => {
    const service = new BlobServiceClient(tables.urls.blobs, tables.credential, blobClientOptions());
    const container = service.getContainerClient(`bodies-${randomUUID()}`);
    await container.createIfNotExists();
    const bodies = openBodyBlobs(container);
    const text = 'é'.repeat(300_000);
    await bodies.putBody('a'.repeat(64), text);
    await bodies.putBody('a'.repeat(64), text);
    expect(await bodies.getBody('a'.repeat(64))).toBe(text);
    expect(await bodies.getBody('b'.repeat(64))).toBeUndefined();
  });
});
