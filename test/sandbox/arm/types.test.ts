import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ResourceType } from '../../../sandbox/arm/resource-type.ts';
import { groupId, startWorld } from './world.ts';
import type { World } from './world.ts';

/** A type that the catalogue does not have: with an ETag that holds, and made at once. */
const securityGroups: ResourceType = {
  type: 'Microsoft.Network/networkSecurityGroups',
  verbs: ['GET', 'LIST', 'PUT', 'DELETE'],
  listedBy: ['subscription', 'group'],
  paging: { sizeParameter: null, pageSize: 100 },
  apiVersions: ['2024-01-01'],
  isAsynchronous: false,
  etag: 'honoured',
  absentDelete: 204,
  merge: { members: ['tags', 'location'], readOnly: ['provisioningState'], deep: [], immutable: [] },
  create: ({ id }) => ({
    id,
    name: 'guard',
    properties: { provisioningState: 'Succeeded', securityRules: [] },
  }),
  actions: [],
};
const id = `${groupId}/providers/Microsoft.Network/networkSecurityGroups/guard`;
const options = (headers: Record<string, string> = {}) => ({ apiVersion: '2024-01-01', headers });

/** A type whose every write goes on after its answer. */
const gateways: ResourceType = {
  ...securityGroups,
  type: 'Microsoft.Network/natGateways',
  isAsynchronous: 'azure-async-operation',
  etag: 'none',
};
const gateway = `${groupId}/providers/Microsoft.Network/natGateways/way`;

let world: World;
beforeAll(async () => {
  world = await startWorld({ types: [securityGroups, gateways], latency: { creation: 300 } });
});
afterAll(() => world.azure.stop());

test('a new type is a row: with rights, events and errors of its own', async () => {
  const told: string[] = [];
  world.azure.arm.onOperation(({ operationName }) => told.push(operationName));
  const reader = world.addPrincipal('reader', ['Microsoft.Network/networkSecurityGroups/read']);
  const missing = await world.call('GET', id, undefined, options());
  expect(missing.error.message).toContain(
    "'Microsoft.Network/networkSecurityGroups/guard' under resource group 'models'",
  );
  expect((await world.call('PUT', id, {}, { ...options(), as: reader })).status).toBe(403);
  expect((await world.call('PUT', id, { location: 'westeurope' }, options())).status).toBe(201);
  expect((await world.call('GET', id, undefined, { ...options(), as: reader })).body.name).toBe('guard');
  expect((await world.call('PATCH', id, {}, options())).status).toBe(405);
  expect(told).toEqual([
    'Microsoft.Network/networkSecurityGroups/write',
    'Microsoft.Network/networkSecurityGroups/write',
  ]);
});

test('where an ETag is honoured, a write that lost the race is refused with 412', async () => {
  const { body } = await world.call('PUT', id, { tags: { n: '1' } }, options());
  const etag = String(body.etag);
  expect((await world.call('PUT', id, { tags: { n: '2' } }, options({ 'if-match': etag }))).status).toBe(200);
  const lost = await world.call('PUT', id, { tags: { n: '3' } }, options({ 'if-match': etag }));
  expect([lost.status, lost.error.code]).toEqual([412, 'PreconditionFailed']);
  expect(world.azure.arm.state.get(id)?.tags).toEqual({ n: '2' });
  expect((await world.call('PUT', id, { tags: {} }, options({ 'if-none-match': '*' }))).status).toBe(412);
  expect((await world.call('DELETE', id, undefined, options({ 'if-match': etag }))).status).toBe(412);
  expect((await world.call('DELETE', id, undefined, options({ 'if-match': '*' }))).status).toBe(200);
});

test('work that goes on is told of at Azure-AsyncOperation: state first, the event when it is done', async () => {
  const told: string[] = [];
  world.azure.arm.onOperation(({ operationName }) => told.push(operationName));
  for (const [status, tags] of [
    [201, { n: '1' }],
    [200, { n: '2' }],
  ] as const) {
    told.length = 0;
    const put = await world.call('PUT', gateway, { location: 'westeurope', tags }, options());
    expect(put.status).toBe(status);
    const ongoing = status === 201 ? 'Creating' : 'Updating';
    expect(put.body.properties).toMatchObject({ provisioningState: ongoing });
    const { pathname } = new URL(put.headers.get('azure-asyncoperation') ?? '');
    expect((await world.call('GET', pathname, undefined, options())).body).toMatchObject({
      status: 'InProgress',
    });
    expect(told).toEqual([]);
    const stateNow = async () => (await world.call('GET', pathname, undefined, options())).body.status;
    await expect.poll(stateNow).toBe('Succeeded');
    expect((await world.call('GET', gateway, undefined, options())).body).toMatchObject({
      tags,
      properties: { provisioningState: 'Succeeded' },
    });
    expect(told).toEqual(['Microsoft.Network/natGateways/write']);
  }
});
