import { TableClient } from '@azure/data-tables';
import { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { credentialOf } from '../../../../sandbox/deploy.ts';
import { openSigningKey } from '../../../../shared/azure/signing-key.ts';
import { systemClock } from '../../../../shared/clock.ts';
import { createCheckpointer } from '../../../../shared/ledger/checkpoints/checkpointer.ts';
import { parseCheckpoint } from '../../../../shared/ledger/format/checkpoint.ts';
import { entryKey } from '../../../../shared/ledger/format/keys.ts';
import { rebuildTable } from '../../../../shared/ledger/rebuild.ts';
import { tableClientOptions } from '../../../../shared/ledger/storage-clients.ts';
import { verifyLedger } from '../../../../shared/ledger/verify/verdict/verify-ledger.ts';
import { readSettings } from '../../../../shared/settings.ts';
import { createTelemetry } from '../../../../shared/telemetry/telemetry.ts';
import { openRecords } from '../../../../shared/records/open-records.ts';
import { collect } from '../../../support/disturbed-table.ts';
import { readRawChain } from '../../../support/read-raw-chain.ts';
import { startTestBed, type TestBed } from '../../../support/test-bed.ts';
import { chain, unitOf } from '../ledger-contract.ts';

const life = { name: 'one', id: 'case-1' };
let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed.stop());

/** Everything as a worker opens it: its identity, its settings, the vault. */
async function openWorker() {
  const { azure, deployment } = bed;
  const settings = readSettings(deployment.settings('worker'));
  const credential = (resource: string) => () =>
    Promise.resolve(credentialOf(azure, deployment.identities.worker, resource));
  const storageCredential = credential('https://storage.azure.com');
  const records = await openRecords(settings.storage, storageCredential, systemClock);
  const key = openSigningKey(settings.checkpointKey, credential('https://vault.azure.net'));
  const parts = {
    ...records.evidence,
    ledger: records.ledger,
    halts: records.halts,
    key,
    clock: systemClock,
  };
  const telemetry = createTelemetry(systemClock, () => new Promise(() => undefined));
  const logger = { information: () => undefined, warning: () => undefined, error: () => undefined };
  const checkpointer = createCheckpointer(() => Promise.resolve(parts), { telemetry, logger });
  // Whoever owns the account: the worker itself may neither make tables nor delete containers.
  const owner = credentialOf(azure, azure.operator);
  const container = new ContainerClient(`${settings.storage.blobs}/checkpoints`, owner);
  const table = (name: string) => new TableClient(settings.storage.tables, name, owner, tableClientOptions());
  return { ...records, ...parts, checkpointer, container, table };
}

const note = (text: string) => ({
  chain: 'service',
  entries: [{ kind: 'signal-received' as const, body: { payload: { text } } }],
  cases: [],
});

test('signed in the vault, verified offline, rebuilt, and stopped when the table is altered', async () => {
  const { ledger, checkpointer, files, key, halts, table, bodies } = await openWorker();
  expect(await checkpointer.run()).toMatchObject({ outcome: 'nothing-new' });
  await ledger.append(unitOf(life, 'absent', ['case-opened', 'case-decided']));
  await ledger.append(note('é'.repeat(300_000)));
  expect(await checkpointer.run()).toMatchObject({ outcome: 'written', number: 1, entries: 3 });
  bed.azure.keyVault.createKey('leakstop-checkpoints');
  await ledger.append(unitOf(life, 2, ['case-closed']));
  const other = await openWorker();
  const runs = await Promise.all([checkpointer.run(), other.checkpointer.run()]);
  expect(runs.filter(({ outcome }) => outcome === 'written')).toHaveLength(1);
  expect(await checkpointer.run()).toMatchObject({ outcome: 'nothing-new', number: 2 });

  // What an auditor has: the files and the public keys of both versions.
  const texts = new Map<string, string>();
  for (const prefix of ['checkpoints/', 'segments/']) {
    for await (const name of files.names(prefix)) texts.set(name, (await files.read(name))!);
  }
  const checkpoints = [...texts].filter(([name]) => name.startsWith('checkpoints/'));
  const keyIds = checkpoints.map(([, text]) => parseCheckpoint(text).signature.keyId);
  expect(new Set(keyIds).size).toBe(2);
  const publicKeys = (await Promise.all(keyIds.map((id) => key.publicKey(id)))).map((each) => each!);
  const verdict = await verifyLedger({
    files: [...texts]
      .filter(([name]) => name.startsWith('segments/'))
      .map(([name, text]) => sourceOf(name, text)),
    checkpoints: listed(checkpoints.map(([name, text]) => ({ name, text }))),
    keys: publicKeys,
  });
  expect(verdict).toMatchObject({ outcome: 'vouched', findings: [] });

  const rebuilt = table('rebuilt');
  await rebuilt.createTable();
  await rebuildTable({
    checkpoints: checkpoints.map(([, text]) => text),
    readSegmentFile: (name) => Promise.resolve(texts.get(name)),
    publicKeys,
    table: rebuilt,
    bodies,
  });
  const rows = await collect(rebuilt.listEntities());
  expect(readRawChain(chain, rows).problems).toEqual([]);
  expect(rows.filter(({ rowKey }) => String(rowKey).startsWith('entry!'))).toHaveLength(4);

  // Somebody who may write the table.
  await table('ledger').deleteEntity(chain, entryKey(3));
  expect(await checkpointer.run()).toMatchObject({
    contradictions: [{ kind: 'entry-missing', chain, at: 3 }],
  });
  expect(await halts.isHalted()).toBe(true);
  const change = unitOf(
    { name: 'two', id: 'case-2' },
    'absent',
    ['case-opened', 'case-decided', 'change-intended'],
    {
      changes: { count: 1, limitPerHour: 9 },
    },
  );
  await expect(ledger.append(change)).rejects.toMatchObject({ code: 'changes-halted' });
  expect(await halts.resume('test', 'the test is over')).toBe(1);
});

test('a file that is there is not overwritten, and an outage is not taken for absence', async () => {
  const { files } = await openWorker();
  expect(await files.create('halts/none.json', 'one')).toBe(true);
  expect(await files.create('halts/none.json', 'two')).toBe(false);
  expect(await files.read('halts/none.json')).toBe('one');
  expect(await files.read('halts/nothing.json')).toBeUndefined();
  bed.faults.add({ target: 'blobs', effect: { kind: 'status', status: 403 } });
  await expect(files.read('halts/none.json')).rejects.toMatchObject({ code: 'access-denied' });
  await expect(files.create('halts/other.json', 'one')).rejects.toMatchObject({ code: 'access-denied' });
  await expect(files.names('halts/')[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: 'access-denied',
  });
  bed.faults.clear();
});

test('without its container nobody knows whether changes are stopped: none is started', async () => {
  const { container, ledger, files } = await openWorker();
  await container.delete();
  await expect(files.read('checkpoints/0000000001.json')).rejects.toThrow(/ContainerNotFound/);
  const change = unitOf(
    { name: 'three', id: 'case-3' },
    'absent',
    ['case-opened', 'case-decided', 'change-intended'],
    {
      changes: { count: 1, limitPerHour: 9 },
    },
  );
  await expect(ledger.append(change)).rejects.toThrow(/list "halts\/"/);
});

function sourceOf(name: string, text: string) {
  const bytes = Buffer.from(text);
  return { name, size: bytes.length, open: (start = 0) => listed([bytes.subarray(start)]) };
}

async function* listed<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* await Promise.resolve(items);
}
