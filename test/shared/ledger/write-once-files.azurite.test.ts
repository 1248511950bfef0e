import { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FaultRegistry } from '../../../sandbox/faults.ts';
import { startStorage, type Storage } from '../../../sandbox/storage/storage.ts';
import { openBodyBlobs } from '../../../shared/ledger/body-blobs.ts';
import { openWriteOnceFiles } from '../../../shared/ledger/write-once-files.ts';
import { tokenOf } from '../../sandbox/harness/token.ts';
import { trustedTls } from '../../sandbox/harness/trusted-tls.ts';

const owner = '11111111-1111-1111-1111-111111111111';
/** Somebody who may read blobs and add some, and replace none. */
const adder = '22222222-2222-2222-2222-222222222222';
let storage: Storage;

beforeAll(async () => {
  storage = await startStorage({
    tls: await trustedTls(),
    faults: new FaultRegistry(),
    principals: { blobs: [owner] },
  });
  await containerAs(owner).create();
  for (const action of ['blobs/read', 'blobs/add/action']) {
    storage.principals.grant(adder, { service: 'blobs', name: 'files', action });
  }
});
afterAll(() => storage.stop());

function containerAs(objectId: string): ContainerClient {
  return new ContainerClient(`${storage.urls.blobs}/files`, tokenOf(objectId));
}

test.each([
  ['an owner', owner],
  ['one who may replace nothing', adder],
])('a file of %s is written once, and a body may be stored again', async (_, who) => {
  const files = openWriteOnceFiles(containerAs(who));
  const name = `${who}.json`;
  expect(await files.create(name, 'first')).toBe(true);
  expect(await files.create(name, 'second')).toBe(false);
  expect(await files.read(name)).toBe('first');
  const bodies = openBodyBlobs(containerAs(who));
  await bodies.putBody(`body of ${who}`, 'first');
  await bodies.putBody(`body of ${who}`, 'first');
  expect(await bodies.getBody(`body of ${who}`)).toBe('first');
});

test('whoever may not even add is told so, and never that the file is there', async () => {
  const files = openWriteOnceFiles(containerAs('33333333-3333-3333-3333-333333333333'));
  await expect(files.create('a.json', 'text')).rejects.toMatchObject({ code: 'access-denied' });
});
