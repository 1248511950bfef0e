import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { credentialOf } from '../../sandbox/deploy.ts';
import { sha256 } from '../../shared/ledger/format/json.ts';
import type { Deployed } from './deployed.ts';
import { becomes, group, propertiesOf, startDeployed } from './deployed.ts';
import { eventually } from './eventually.ts';
import { entriesAbout, entriesOf } from './records.ts';

const policy = `format: 1
rules:
  - name: tls-is-watched
    scope: "*"
    control: storage-account-min-tls
    mode: observe
`;

let deployed: Deployed;

beforeAll(async () => {
  deployed = await startDeployed({ accounts: 3, policy });
});
afterAll(() => deployed.stop());

const upload = async (text: string) => {
  const { azure, storage } = deployed.cloud;
  const service = new BlobServiceClient(storage.urls.blobs, credentialOf(azure, azure.operator));
  await service
    .getContainerClient('policy')
    .getBlockBlobClient('policy.yaml')
    .upload(text, Buffer.byteLength(text));
};

test('the document decides, and each decision names it and its rule', async () => {
  const { id, name } = deployed.nextAccount();
  await deployed.person.storageAccounts.update(group, name, {
    minimumTlsVersion: 'TLS1_0',
    allowBlobPublicAccess: true,
  });
  await becomes(deployed, id, 'allowBlobPublicAccess', false);
  const held = await eventually('TLS is held', async () =>
    (await entriesAbout(deployed.cloud, id)).find(({ kind }) => kind === 'case-held'),
  );
  expect(held.body.payload).toMatchObject({
    reason: 'observe',
    rule: 'tls-is-watched',
    policy: `sha256:${sha256(policy)}`,
  });
  expect(propertiesOf(deployed, id)).toMatchObject({ minimumTlsVersion: 'TLS1_0' });
  const loaded = (await entriesOf(deployed.cloud, 'service')).filter(({ kind }) => kind === 'policy-loaded');
  expect(loaded).toHaveLength(1);
});

test('a document that is not valid does not take effect, not in a fresh worker either, and the ledger says where', async () => {
  await upload(policy.replace('observe', 'obsrve'));
  await deployed.host.kill();
  await deployed.host.whenReady();
  const { id, name } = deployed.nextAccount();
  await deployed.person.storageAccounts.update(group, name, {
    minimumTlsVersion: 'TLS1_0',
    allowBlobPublicAccess: true,
  });
  await becomes(deployed, id, 'allowBlobPublicAccess', false);
  expect(propertiesOf(deployed, id)).toMatchObject({ minimumTlsVersion: 'TLS1_0' });
  const refused = await eventually('the refusal is told', async () =>
    (await entriesOf(deployed.cloud, 'service')).find(({ kind }) => kind === 'policy-refused'),
  );
  expect(refused.body.payload).toMatchObject({ inForce: `sha256:${sha256(policy)}` });
  expect(JSON.stringify(refused.body.payload.faults)).toMatch(/6:11: .*mode/);
});
