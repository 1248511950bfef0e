import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { credentialOf } from '../../../../sandbox/deploy.ts';
import { activityLog } from '../../../../shared/azure/activity-log.ts';
import { azureSurroundings } from '../../../../shared/azure/surroundings.ts';
import { account } from '../../../support/estate.ts';
import { GuardWorld, minuteMs } from '../../../support/guard-world.ts';

let world: GuardWorld;
beforeAll(async () => {
  world = await GuardWorld.start();
});
afterAll(() => world.bed.stop());
beforeEach(async () => {
  const { clients } = world.bed;
  const surroundings = azureSurroundings(clients, world.clock);
  await world.guard(['weights'], { surroundings, activity: activityLog(clients) });
});

const group = (managedBy: string) => ({
  id: `/subscriptions/${world.subscription}/resourceGroups/rg-models`,
  name: 'rg-models',
  type: 'Microsoft.Resources/resourceGroups',
  location: 'westeurope',
  properties: { provisioningState: 'Succeeded' },
  managedBy,
});
const workspaceOf = () =>
  `/subscriptions/${world.subscription}/resourceGroups/lab/providers/Microsoft.Databricks/workspaces/lab`;

it.each<[told: string, manages: string | undefined, hold: string | undefined]>([
  ['does not exist', undefined, undefined],
  ['names the group in turn', 'RG-Models', 'managed'],
  ['manages another group', 'rg-lab', undefined],
])('a group that names a manager, which %s', async (_, manages, hold) => {
  const id = workspaceOf();
  world.becomes(group(id));
  if (manages !== undefined) {
    world.becomes({
      id,
      name: 'lab',
      type: 'Microsoft.Databricks/workspaces',
      location: 'westeurope',
      properties: {
        managedResourceGroupId: `/subscriptions/${world.subscription}/resourceGroups/${manages}`,
      },
    } as never);
  }
  await world.opens('weights');
  expect(world.isClosed('weights')).toBe(hold === undefined);
  const held = (await world.entries()).find(({ kind }) => kind === 'case-held');
  expect(held?.payload.managedBy).toBe(hold === undefined ? undefined : id);
  expect(Object.values(await world.holds())).toEqual(hold === undefined ? [] : [hold]);
});

it('without the right to see the manager a person is asked', async () => {
  const { roles } = world.bed.deployment;
  const giveBack = world.bed.azure.arm.roles.withhold(roles.observe, 'Microsoft.Databricks/workspaces/read');
  world.becomes(group(workspaceOf()));
  await world.opens('weights');
  giveBack();
  expect(Object.values(await world.holds())).toEqual(['awaiting-decision']);
});

it('one list of groups serves all drifts of a subscription', async () => {
  await world.opens('weights');
  world.becomes(account(world.subscription, 'other'));
  await world.opens('other');
  const lists = world.bed.azure.accounting
    .calls({ method: 'GET', path: world.subscription })
    .filter(({ path }) => /resourcegroups$/i.test(path));
  expect(lists).toHaveLength(1);
});

it('the blob of the kill switch stops changes when it says so, is broken or is gone, and lets them go on', async () => {
  const { azure, storage } = world.bed;
  const blobs = new BlobServiceClient(storage.urls.blobs, credentialOf(azure, azure.operator));
  const blob = blobs.getContainerClient('kill-switch').getBlockBlobClient('kill-switch.json');
  const put = (text: string) => blob.upload(text, Buffer.byteLength(text));
  const states: [string, () => Promise<unknown>][] = [
    ['stopped', () => put('{"format":1,"changes":"stopped","by":"ann","reason":"fire"}')],
    ['broken', () => put('{"format":1')],
    ['gone', () => blob.delete()],
  ];
  for (const [name, turn] of states) {
    await turn();
    world.clock.advance(2_000);
    world.becomes(account(world.subscription, name));
    await world.opens(name);
    expect(world.isClosed(name)).toBe(false);
  }
  expect(Object.values(await world.holds())).toEqual(['kill-switch', 'kill-switch', 'kill-switch']);
  await put('{"format":1,"changes":"allowed"}');
  await world.passes(3 * minuteMs);
  expect(states.map(([name]) => world.isClosed(name))).toEqual([true, true, true]);
});
