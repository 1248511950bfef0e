import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CryptographyClient, KeyClient } from '@azure/keyvault-keys';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cloud } from '../../sandbox/cloud.ts';
import { startCloud } from '../../sandbox/cloud.ts';
import { credentialOf } from '../../sandbox/deploy.ts';

const subscriptionId = '5b2c1f0e-6d3a-4c8e-9f10-2a7b8c9d0e1f';

let cloud: Cloud;

beforeAll(async () => {
  cloud = await startCloud({
    directory: mkdtempSync(join(tmpdir(), 'leakstop-deploy-')),
    repository: join(import.meta.dirname, '../..'),
    subscriptions: [subscriptionId],
    policy: 'format: 1\n',
  });
});
afterAll(() => cloud.stop());

test('the app finds a policy, a kill switch and a system topic for its subscription', async () => {
  const { azure, storage } = cloud;
  const blobs = new BlobServiceClient(storage.urls.blobs, credentialOf(azure, azure.operator));
  const textOf = async (container: string, name: string) =>
    (await blobs.getContainerClient(container).getBlobClient(name).downloadToBuffer()).toString();
  expect(await textOf('policy', 'policy.yaml')).toBe('format: 1\n');
  expect(JSON.parse(await textOf('kill-switch', 'kill-switch.json'))).toEqual({
    format: 1,
    changes: 'allowed',
  });
  const topics = azure.arm.state.ids().filter((id) => id.includes('/systemTopics/'));
  expect(topics.map((id) => azure.arm.state.get(id))).toMatchObject([
    {
      properties: {
        topicType: 'microsoft.resources.subscriptions',
        source: `/subscriptions/${subscriptionId}`,
      },
    },
  ]);
});

test('each app is told what it needs, and the web app nothing with which to change Azure', () => {
  const { deployment, azure, teams, entra } = cloud;
  const [worker, web] = [deployment.settings('worker'), deployment.settings('web')];
  expect(web).toMatchObject({
    LEAKSTOP_ROLE: 'web',
    LEAKSTOP_WEB_URL: deployment.webUrl,
    LEAKSTOP_TENANT_ID: azure.tenantId,
    LEAKSTOP_WEB_CLIENT_ID: deployment.registration.clientId,
    LEAKSTOP_LOGIN_ENDPOINT: entra.loginUrl,
    LEAKSTOP_DECISION_KEY_ID: `${azure.keyVault.url}/keys/leakstop-decisions`,
    LEAKSTOP_LINK_KEY_ID: `${azure.keyVault.url}/keys/leakstop-links`,
    LeakstopStorage__clientId: deployment.identities.web.clientId,
  });
  expect(deployment.webUrl).toMatch(/^https:\/\/localhost:\d+$/);
  expect(worker).toMatchObject({
    LEAKSTOP_ROLE: 'worker',
    LEAKSTOP_TEAMS_WEBHOOK_URL: teams.webhookUrl,
    LEAKSTOP_ESCALATION_WEBHOOK_URL: teams.escalationUrl,
    LEAKSTOP_WEB_URL: deployment.webUrl,
    LeakstopStorage__clientId: deployment.identities.worker.clientId,
  });
  expect(Object.keys(web).filter((name) => /ARM|OBSERVE|REMEDIATE|WEBHOOK/.test(name))).toEqual([]);
});

test.each<[string, 'blobs' | 'queues' | 'tables', string, string, string, boolean]>([
  ['reads the ledger', 'tables', 'GET', 'ledger()', '', true],
  ['writes a row of the ledger', 'tables', 'PUT', "ledger(PartitionKey='a',RowKey='b')", '{}', false],
  ['commits rows of the ledger', 'tables', 'POST', '$batch', '', false],
  ['writes a row of the work', 'tables', 'PUT', "work(PartitionKey='a',RowKey='b')", '{}', false],
  ['deletes a row', 'tables', 'DELETE', "work(PartitionKey='a',RowKey='b')", '', false],
  ['adds to the inbox', 'queues', 'POST', 'inbox/messages', message('a'), true],
  ['wakes the worker', 'queues', 'POST', 'reconcile/messages', message('a'), true],
  ['takes from the inbox', 'queues', 'GET', 'inbox/messages', '', false],
  ['clears the inbox', 'queues', 'DELETE', 'inbox/messages', '', false],
  ['adds to what was given up', 'queues', 'POST', 'inbox-poison/messages', message('a'), false],
  ['turns the kill switch', 'blobs', 'PUT', 'kill-switch/kill-switch.json', '{}', true],
  ['writes the policy', 'blobs', 'PUT', 'policy/policy.yaml', 'format: 1', false],
  ['writes a checkpoint', 'blobs', 'PUT', 'checkpoints/checkpoints/0000000009.json', '{}', false],
  ['deletes a blob', 'blobs', 'DELETE', 'policy/policy.yaml', '', false],
])('the web app %s: %s %s %s is covered or refused', async (_, service, method, path, body, isCovered) => {
  const { azure, storage, deployment } = cloud;
  const { token } = (await credentialOf(azure, deployment.identities.web).getToken('')) ?? { token: '' };
  const answer = await fetch(`${storage.urls[service]}/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'x-ms-version': '2021-12-02',
      'x-ms-date': new Date().toUTCString(),
      accept: 'application/json;odata=nometadata',
      ...(service === 'blobs' ? { 'x-ms-blob-type': 'BlockBlob' } : {}),
    },
    ...(body === '' ? {} : { body }),
  });
  expect(answer.status === 403).toBe(!isCovered);
  expect(answer.status < 300).toBe(isCovered);
});

function message(text: string): string {
  return `<QueueMessage><MessageText>${text}</MessageText></QueueMessage>`;
}

test.each(['worker', 'web'] as const)(
  'the host of %s has storage of its own, which no other app reads',
  async (app) => {
    const { azure, deployment } = cloud;
    const other = app === 'worker' ? 'web' : 'worker';
    const settings = deployment.settings(app);
    expect(settings).toMatchObject({
      AzureWebJobsStorage__credential: 'managedidentity',
      AzureWebJobsStorage__clientId: deployment.identities[app].clientId,
    });
    const url = settings.AzureWebJobsStorage__blobServiceUri ?? '';
    expect(url).not.toBe(settings.LeakstopStorage__blobServiceUri);
    const statusAs = (power: keyof Cloud['deployment']['identities']) =>
      new BlobServiceClient(url, credentialOf(azure, deployment.identities[power]), {
        retryOptions: { maxTries: 1 },
      })
        .getContainerClient('azure-webjobs-hosts')
        .createIfNotExists()
        .then(
          () => 200,
          (error: unknown) => (error as { statusCode?: number }).statusCode,
        );
    expect([await statusAs(app), await statusAs(other), await statusAs('remediate')]).toEqual([
      200, 403, 403,
    ]);
    for (const service of ['queue', 'table']) {
      const name = `AzureWebJobsStorage__${service}ServiceUri`;
      expect(settings[name]).not.toBe(settings[`LeakstopStorage__${service}ServiceUri`]);
    }
  },
);

test.each<[keyof Cloud['deployment']['identities'], string, boolean, boolean]>([
  ['worker', 'leakstop-checkpoints', true, true],
  ['worker', 'leakstop-links', true, true],
  ['worker', 'leakstop-decisions', true, false],
  ['web', 'leakstop-checkpoints', true, false],
  ['web', 'leakstop-links', true, false],
  ['web', 'leakstop-decisions', true, true],
  ['remediate', 'leakstop-decisions', false, false],
])('%s and the key %s: reads %s, signs %s', async (who, name, reads, signs) => {
  const { azure, deployment } = cloud;
  const principal = deployment.identities[who];
  const lax = { disableChallengeResourceVerification: true, retryOptions: { maxRetries: 0 } };
  const credential = credentialOf(azure, principal, 'https://vault.azure.net');
  const keys = new KeyClient(azure.keyVault.url, credential, lax);
  const outcome = (promise: Promise<unknown>) =>
    promise.then(
      () => true,
      (error: unknown) => ((error as { statusCode?: number }).statusCode === 403 ? false : error),
    );
  expect(await outcome(keys.getKey(name))).toBe(reads);
  const cryptography = new CryptographyClient(`${azure.keyVault.url}/keys/${name}`, credential, lax);
  expect(await outcome(cryptography.sign('ES256', new Uint8Array(32)))).toBe(signs);
});

test('people have roles in the app, and a token says so', async () => {
  const { azure, deployment, entra } = cloud;
  const person = cloud.addPerson({
    displayName: 'An auditor',
    roles: ['Leakstop.Auditor'],
    groups: ['a-group'],
  });
  const token = await entra.mintFor(deployment.registration, person, { use: 'api' });
  expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
    aud: deployment.registration.clientId,
    tid: azure.tenantId,
    roles: ['Leakstop.Auditor'],
    groups: ['a-group'],
    name: 'An auditor',
  });
  expect(azure.shellOf('an auditor')).toMatchObject({
    IDENTITY_ENDPOINT: azure.identityEndpoint,
    LEAKSTOP_WEB_URL: deployment.webUrl,
    LEAKSTOP_WEB_CLIENT_ID: deployment.registration.clientId,
  });
});
