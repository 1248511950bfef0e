import { createHttpHeaders } from '@azure/core-rest-pipeline';
import { StorageManagementClient } from '@azure/arm-storage';
import { expect, it } from 'vitest';
import type { AzureClients } from '../../../shared/azure/clients.ts';
import { blobContainerUpdateExecutor } from '../../../shared/azure/steps/blob-container-update.ts';
import type { StepExecutor } from '../../../shared/contract/executor.ts';
import { storageAccountUpdateExecutor } from '../../../shared/azure/steps/storage-account-update.ts';
import { catalogue } from '../../../remediators/index.ts';
import type { Json } from '../../../shared/contract/json.ts';
import type { Step } from '../../../shared/contract/step.ts';

const account =
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/weights';
const container = `${account}/blobServices/default/containers/models`;

/** The real client, with a transport that keeps what would have gone over the wire. */
function capture(): { azure: AzureClients; sent: { method: string; url: string; body: unknown }[] } {
  const sent: { method: string; url: string; body: unknown }[] = [];
  const credential = { getToken: () => Promise.resolve({ token: 'x', expiresOnTimestamp: 9e15 }) };
  const client = new StorageManagementClient(credential, '11111111-1111-1111-1111-111111111111', {
    httpClient: {
      sendRequest: (request) => {
        sent.push({
          method: request.method,
          url: new URL(request.url).pathname,
          body: JSON.parse(request.body as string),
        });
        return Promise.resolve({ request, status: 200, headers: createHttpHeaders(), bodyAsText: '{}' });
      },
    },
  });
  return {
    azure: {
      storage: () => Promise.resolve(client),
      resources: () => Promise.reject(new Error()),
      monitor: () => Promise.reject(new Error()),
      resourceGraph: () => Promise.reject(new Error()),
      storageCredential: () => Promise.reject(new Error()),
    },
    sent,
  };
}

const until = new Date(Date.now() + 60_000);

it.each<[string, Json]>([
  ['properties.allowBlobPublicAccess', false],
  ['properties.supportsHttpsTrafficOnly', true],
  ['properties.minimumTlsVersion', 'TLS1_2'],
  ['properties.publicNetworkAccess', 'Disabled'],
  ['properties.allowSharedKeyAccess', false],
])('%s goes over the wire under its own name, and nothing else does', async (path, value) => {
  const { azure, sent } = capture();
  const step: Step = {
    kind: 'storage-account-update',
    target: account,
    before: {},
    after: { [path]: { is: value } },
  };
  await storageAccountUpdateExecutor(azure).write([step], 'request', until);
  expect(sent).toEqual([
    { method: 'PATCH', url: account, body: { properties: { [path.slice('properties.'.length)]: value } } },
  ]);
});

it('merges the steps of one account into one body', async () => {
  const { azure, sent } = capture();
  const steps: Step[] = [
    {
      kind: 'storage-account-update',
      target: account,
      before: {},
      after: { 'properties.allowBlobPublicAccess': { is: false } },
    },
    {
      kind: 'storage-account-update',
      target: account,
      before: {},
      after: { 'properties.minimumTlsVersion': { is: 'TLS1_2' } },
    },
  ];
  await (storageAccountUpdateExecutor(azure) as StepExecutor).write(steps, 'request', until);
  expect(sent.map(({ body }) => body)).toEqual([
    { properties: { allowBlobPublicAccess: false, minimumTlsVersion: 'TLS1_2' } },
  ]);
});

it('writes the level of a container through Resource Manager', async () => {
  const { azure, sent } = capture();
  const step: Step = {
    kind: 'blob-container-update',
    target: container,
    before: {},
    after: { 'properties.publicAccess': { is: 'None' } },
  };
  await blobContainerUpdateExecutor(azure).write([step], 'request', until);
  expect(sent).toEqual([{ method: 'PATCH', url: container, body: { properties: { publicAccess: 'None' } } }]);
});

it.each<Step>([
  {
    kind: 'storage-account-update',
    target: account,
    before: {},
    after: { 'properties.networkAcls': { is: {} } },
  },
  {
    kind: 'storage-account-update',
    target: account,
    before: {},
    after: { 'properties.minimumTlsVersion': { is: {} } },
  },
  { kind: 'storage-account-update', target: account, before: {}, after: { 'tags.owner': { is: 'x' } } },
])('refuses to write what is no property of the step: %j', async (step) => {
  const { azure, sent } = capture();
  await expect(
    (storageAccountUpdateExecutor(azure) as StepExecutor).write([step], 'request', until),
  ).rejects.toMatchObject({
    code: 'internal-error',
  });
  expect(sent).toEqual([]);
});

it('an executor can write everything that the catalogue may write', async () => {
  const { azure, sent } = capture();
  const { writes } = {
    writes: catalogue
      .filter(({ meta }) => meta.part === 'storage-account')
      .flatMap(({ meta }) => meta.writes),
  };
  for (const path of writes) {
    await storageAccountUpdateExecutor(azure).write(
      [{ kind: 'storage-account-update', target: account, before: {}, after: { [path]: { is: 'x' } } }],
      'request',
      until,
    );
  }
  expect(sent).toHaveLength(writes.length);
});
