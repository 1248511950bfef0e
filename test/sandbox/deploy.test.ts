import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { expect, test } from 'vitest';
import { startCloud } from '../../sandbox/cloud.ts';
import { credentialOf } from '../../sandbox/deploy.ts';

const subscriptionId = '5b2c1f0e-6d3a-4c8e-9f10-2a7b8c9d0e1f';

test('the app finds a policy, a kill switch and a system topic for its subscription', async () => {
  const cloud = await startCloud({
    directory: mkdtempSync(join(tmpdir(), 'leakstop-deploy-')),
    repository: join(import.meta.dirname, '../..'),
    subscriptions: [subscriptionId],
    policy: 'format: 1\n',
  });
  try {
    const { azure, storage } = cloud;
    const blobs = new BlobServiceClient(storage.urls.blobs, credentialOf(azure, azure.operator));
    const textOf = async (name: string) =>
      (await blobs.getContainerClient('policy').getBlobClient(name).downloadToBuffer()).toString();
    expect(await textOf('policy.yaml')).toBe('format: 1\n');
    expect(JSON.parse(await textOf('kill-switch.json'))).toEqual({ format: 1, changes: 'allowed' });
    const topics = azure.arm.state.ids().filter((id) => id.includes('/systemTopics/'));
    expect(topics.map((id) => azure.arm.state.get(id))).toMatchObject([
      {
        properties: {
          topicType: 'microsoft.resources.subscriptions',
          source: `/subscriptions/${subscriptionId}`,
        },
      },
    ]);
  } finally {
    await cloud.stop();
  }
}, 60_000);
