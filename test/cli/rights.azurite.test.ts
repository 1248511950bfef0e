import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../cli/leakstop.ts';
import { FaultRegistry } from '../../sandbox/faults.ts';
import { startStorage, type Storage } from '../../sandbox/storage/storage.ts';
import { commandRights } from '../../shared/catalogue/command-rights.ts';
import { openBodyBlobs } from '../../shared/ledger/body-blobs.ts';
import { openHalts } from '../../shared/ledger/checkpoints/halts.ts';
import { caseKey } from '../../shared/ledger/format/keys.ts';
import type { CaseEntryKind } from '../../shared/ledger/format/states.ts';
import { openLedger } from '../../shared/ledger/open-ledger.ts';
import { tableClientOptions } from '../../shared/ledger/storage-clients.ts';
import { openWriteOnceFiles } from '../../shared/ledger/write-once-files.ts';
import { openRecords } from '../../shared/records/open-records.ts';
import { openNameStore } from '../../shared/work/name-store.ts';
import { tokenOf } from '../sandbox/harness/token.ts';
import { trustedTls } from '../sandbox/harness/trusted-tls.ts';
import { World } from '../shared/ledger/checkpoints/world.ts';
import { account } from '../support/estate.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { anyEntry } from '../support/sample-payloads.ts';
import { newFolder, run } from './run.ts';

const owner = '11111111-1111-1111-1111-111111111111';
const person = '22222222-2222-2222-2222-222222222222';
const subscription = '33333333-3333-4333-8333-333333333333';
const places = ['--tables', 'https://tables.example', '--blobs', 'https://blobs.example'];
const accounts = Object.keys(commandRights).map((_, index) => `leakstop${index}`);
let storage: Storage;
let clock: ManualClock;

beforeAll(async () => {
  storage = await startStorage({
    tls: await trustedTls(),
    faults: new FaultRegistry(),
    furtherAccounts: accounts,
  });
  for (const name of accounts) {
    storage.principals.allow('tables', owner, name);
    storage.principals.allow('blobs', owner, name);
    const { container, table } = placesOf(name, owner);
    await Promise.all([
      ...['ledger', 'work'].map((each) => table(each).createTable()),
      ...['ledger-bodies', 'checkpoints'].map((each) => container(each).create()),
    ]);
  }
});
beforeEach(() => {
  clock = new ManualClock('2026-03-01T12:00:00.000Z');
});
afterAll(() => storage.stop());

/** An account of storage, as somebody sees it. Each command has one to itself. */
function placesOf(name: string, objectId: string) {
  const urls = storage.urlsOf(name);
  const token = tokenOf(objectId);
  return {
    table: (each: string) => new TableClient(urls.tables, each, token, tableClientOptions()),
    container: (each: string) => new ContainerClient(`${urls.blobs}/${each}`, token),
  };
}

type Places = ReturnType<typeof placesOf>;

/** An open case, and a closed one, each with an entry that no row holds. */
async function fill({ table, container }: Places): Promise<void> {
  const ledger = openLedger({
    table: table('ledger'),
    bodies: openBodyBlobs(container('ledger-bodies')),
    clock,
  });
  const control = 'storage-account-blob-anonymous-access';
  for (const [name, last] of [
    ['done', 'case-closed'],
    ['open', 'case-held'],
  ] as const) {
    const resource = account(subscription, name).id;
    const data = {
      root: resource,
      resource,
      control,
      severity: 'high',
      witnessed: true,
      firstSeenDrifted: clock.now().toISOString(),
      opener: { grade: 'unknown' },
      differences: [{ path: 'properties.allowBlobPublicAccess', actual: true, desired: false }],
      requestIds: [],
      ...(last === 'case-closed'
        ? { closed: 'gone' }
        : { hold: { reason: 'unwitnessed', at: clock.now().toISOString() } }),
    };
    const key = caseKey(resource, resource, control);
    const entry = (kind: CaseEntryKind, rule: string) =>
      anyEntry({ kind, key, caseId: name, body: { resource, control, payload: { rule } } });
    await ledger.append({
      chain: subscription,
      entries: [entry('case-opened', 'x'.repeat(250_000)), entry(last, 'training')],
      cases: [{ key, caseId: name, expected: 'absent', data }],
    });
  }
}

/** What a command is given: everything is opened with the login of the person. */
function contextOf(name: string): Partial<Context> {
  const { table, container } = placesOf(name, person);
  return {
    clock,
    openStorage: () =>
      Promise.resolve({
        table: table('ledger'),
        names: openNameStore(table('work')),
        bodies: openBodyBlobs(container('ledger-bodies')),
      }),
    openRecords: () => openRecords(storage.urlsOf(name), () => Promise.resolve(tokenOf(person)), clock),
  };
}

/** A copy of the container of the checkpoints, with the key beside it. */
async function evidenceFolder(): Promise<readonly string[]> {
  const world = new World();
  await world.note('service', 'x'.repeat(250_000));
  await world.run();
  const folder = newFolder();
  for (const [name, text] of world.files.texts) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const key = join(folder, 'key.pem');
  await writeFile(key, world.key.material.export({ type: 'spki', format: 'pem' }));
  return [folder, '--public-key', key];
}

const erasure = [
  '--chain',
  subscription,
  '--retention-days',
  '30',
  '--reason',
  'asked',
  '--authority',
  'officer',
];

/** Each command with what has to be there before it, and the rest of its line. */
const commands: Readonly<Record<string, (places: Places) => Promise<readonly string[]>>> = {
  'ledger export': async (before) => {
    await fill(before);
    return ['ledger', 'export', ...places, '--output', join(newFolder(), 'export.ndjson')];
  },
  'cases --tables': async (before) => {
    await fill(before);
    return ['cases', '--tables', 'https://tables.example'];
  },
  'cases show --tables': async (before) => {
    await fill(before);
    return ['cases', 'show', 'open', ...places];
  },
  'ledger erase': async (before) => {
    await fill(before);
    clock.advance(31 * 86_400_000);
    return ['ledger', 'erase', ...places, ...erasure, '--sequence', '1', '2'];
  },
  'ledger rebuild': async () => ['ledger', 'rebuild', ...(await evidenceFolder()), ...places],
  'ledger resume': async ({ container }) => {
    await openHalts(openWriteOnceFiles(container('checkpoints')), clock).halt([
      { kind: 'head-missing', at: 1 },
    ]);
    return ['ledger', 'resume', ...places, '--reason', 'understood', '--actor', 'someone'];
  },
};

test('every command with rights of its own is tried', () => {
  expect(Object.keys(commands)).toEqual(Object.keys(commandRights));
});

test.each(Object.entries(commandRights))(
  'leakstop %s needs its rights, and none besides',
  async (name, held) => {
    const at = accounts[Object.keys(commandRights).indexOf(name)] ?? '';
    const line = (await commands[name]?.(placesOf(at, owner))) ?? [];
    const granted = held.flatMap(({ place, name: on, actions }) =>
      Object.keys(actions).map((action) => ({
        service: place === 'table' ? ('tables' as const) : ('blobs' as const),
        name: on,
        action,
      })),
    );
    granted.forEach((right) => storage.principals.grant(person, right, at));
    const { code, told } = await run(line, contextOf(at));
    expect(storage.principals.refusedTo(person, at), told).toEqual([]);
    expect(code, told).toBe(0);
    const used = granted.map(({ service, name: on, action }) => `${service} ${on} ${action}`);
    expect(storage.principals.usedBy(person, at)).toEqual(used.toSorted());
  },
);
