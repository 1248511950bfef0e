import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storageAccountRoot } from '../../../shared/azure/observers/storage-account.ts';
import { parseReconcileRequest } from '../../../shared/work/request.ts';
import { parseResourceEvent, withBooleans } from '../../../shared/intake/event.ts';
import { requestFor } from '../../../shared/intake/intake.ts';
import { managing, obstructingTypes } from '../../../shared/azure/obstructing-types.ts';
import { managerTypes } from '../../../shared/azure/surroundings-actions.ts';
import { eventOperations } from '../../../shared/catalogue/event-operations.ts';
import { catalogue } from '../../../remediators/index.ts';
import published from '../../fixtures/events/published.json' with { type: 'json' };

const subscription = '11111111-2222-3333-4444-555555555555';
const account = `/subscriptions/${subscription}/resourcegroups/RG/providers/Microsoft.Storage/storageAccounts/weights`;
const container = `${account}/blobServices/default/containers/models`;

const write = (resource: string, operation: string, change: Record<string, unknown> = {}) => ({
  id: 'event-1',
  topic: `/subscriptions/${subscription}`,
  subject: resource,
  eventType: 'Microsoft.Resources.ResourceWriteSuccess',
  eventTime: '2026-11-01T10:00:00.1234567Z',
  dataVersion: '2',
  metadataVersion: '1',
  data: { resourceUri: resource, operationName: operation, status: 'Succeeded', ...change },
});
const asCloudEvent = ({
  topic,
  eventType,
  eventTime,
  dataVersion,
  metadataVersion,
  ...rest
}: ReturnType<typeof write>) => ({
  ...rest,
  source: topic,
  type: eventType,
  time: eventTime,
  specversion: '1.0',
});
const guarded = { rootTypes: [storageAccountRoot], subscriptions: [subscription] };
const receivedAt = '2026-11-01T10:00:07.000Z';
const request = (event: unknown) => requestFor(event, guarded, { at: receivedAt });

describe('an event that concerns a remediator', () => {
  it.each<[string, unknown, string, string]>([
    ['an account', write(account, 'Microsoft.Storage/storageAccounts/write'), account, account],
    [
      'a container',
      write(container, 'Microsoft.Storage/storageAccounts/blobServices/containers/write'),
      account,
      container,
    ],
    ['upper case', write(account.toUpperCase(), 'MICROSOFT.STORAGE/STORAGEACCOUNTS/WRITE'), account, account],
    [
      'a delete',
      {
        ...write(container, 'Microsoft.Storage/storageAccounts/blobServices/containers/delete'),
        eventType: 'Microsoft.Resources.ResourceDeleteSuccess',
      },
      account,
      container,
    ],
    ['a sparse event', { ...write(account, 'x/write'), data: {} }, account, account],
  ])('%s', (_, event, root, resource) => {
    const read = request(event);
    expect(read?.root.toLowerCase()).toBe(root.toLowerCase());
    expect(read?.note?.resource.toLowerCase()).toBe(resource.toLowerCase());
    expect(read?.note?.time).toBe('2026-11-01T10:00:00.123Z');
    expect(request(asCloudEvent(event as ReturnType<typeof write>))).toEqual(read);
    expect(parseReconcileRequest(JSON.parse(JSON.stringify(read)))).toEqual(read);
  });

  it('tells who did it and by which request, also where the request is a string', () => {
    const claims = {
      appid: 'app',
      'http://schemas.microsoft.com/identity/claims/objectidentifier': 'object',
      'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': 'somebody',
      _claim_names: '{"groups":"src1"}',
    };
    const httpRequest = { clientRequestId: 'request', method: 'PATCH' };
    const note = (data: Record<string, unknown>) => request(write(account, 'a/write', data))?.note;
    expect(note({ claims, httpRequest, correlationId: 'correlation' })).toMatchObject({
      actor: { appId: 'app', objectId: 'object', name: 'somebody' },
      requestId: 'request',
      correlationId: 'correlation',
    });
    expect(note({ httpRequest: JSON.stringify(httpRequest) })?.requestId).toBe('request');
    expect(note({ httpRequest: 'not JSON' })?.requestId).toBeUndefined();
  });
});

describe('an event that concerns none', () => {
  it.each<[string, unknown]>([
    ['another type', write(account.replace('storageAccounts', 'queues'), 'x/write')],
    ['a child that nothing judges', write(`${account}/managementPolicies/default`, 'x/write')],
    ['the blob service', write(`${account}/blobServices/default`, 'x/write')],
    ['a resource group', write(`/subscriptions/${subscription}/resourceGroups/rg`, 'x/write')],
    [
      'another subscription',
      write(account.replace(subscription, '99999999-2222-3333-4444-555555555555'), 'x/write'),
    ],
    [
      'a failed write',
      { ...write(account, 'x/write'), eventType: 'Microsoft.Resources.ResourceWriteFailure' },
    ],
    [
      'an action',
      {
        ...write(account, 'Microsoft.Storage/storageAccounts/listKeys/action'),
        eventType: 'Microsoft.Resources.ResourceActionSuccess',
      },
    ],
    ['a tag of the subscription', write(`/subscriptions/${subscription}/tagNames/env`, 'x/write')],
    [
      'a deployment as the portal names it',
      write(`/subscriptions/${subscription}/resourceGroups/rg/deployments/x-2026`, 'x/write'),
    ],
    ['a management group', write('/providers/Microsoft.Management/managementGroups/corp', 'x/write')],
    ['another publisher, however broken', { eventType: 'Microsoft.Storage.BlobCreated', data: 7 }],
    [
      'a CloudEvent of another publisher without a subject',
      { specversion: '1.0', id: 'a', source: '/x', type: 'Azure.Sdk.Sample' },
    ],
    [
      'an endless id of another subscription',
      write(`/subscriptions/99999999-2222-3333-4444-555555555555/${'a'.repeat(1_000_000)}`, 'x/write'),
    ],
    [
      'another topic',
      { ...write(account, 'x/write'), eventType: 'Microsoft.PolicyInsights.PolicyStateCreated' },
    ],
  ])('%s is dropped', (_, event) => {
    expect(request(event)).toBeUndefined();
  });
});

describe('a resource notification', () => {
  const notification = (properties: Record<string, unknown>, length = 0) => ({
    ...write(account, ''),
    eventType: 'Microsoft.ResourceNotifications.Resources.CreatedOrUpdated',
    data: {
      resourceInfo: {
        id: account,
        name: 'weights',
        type: 'Microsoft.Storage/storageAccounts',
        tags: { padding: 'x'.repeat(length) },
        properties,
      },
      apiVersion: '2019-06-01',
      operationalInfo: { resourceEventTime: '2026-11-01T09:59:40Z' },
    },
  });

  it('brings its body along, with booleans as booleans and numbers as numbers', () => {
    const read = request(
      notification({
        allowBlobPublicAccess: 1,
        encryption: { requireInfrastructureEncryption: 0 },
        keyPolicy: { keyExpirationPeriodInDays: 1 },
      }),
    );
    expect(read?.note).toMatchObject({ source: 'notification', time: '2026-11-01T09:59:40.000Z' });
    expect(read?.body).toMatchObject({
      id: account,
      properties: {
        allowBlobPublicAccess: true,
        encryption: { requireInfrastructureEncryption: false },
        keyPolicy: { keyExpirationPeriodInDays: 1 },
      },
    });
  });

  it('leaves behind a body that no message holds', () => {
    const read = request(notification({}, 60_000));
    expect(read?.note?.resource).toBe(account);
    expect(read?.body).toBeUndefined();
  });
});

describe('an event that cannot be read', () => {
  it.each<[string, unknown, RegExp]>([
    ['null', null, /event/],
    ['text', 'x', /event/],
    ['no id', { ...write(account, 'x'), id: '' }, /id/],
    ['no time', { ...write(account, 'x'), eventTime: 'yesterday' }, /eventTime/],
    ['a bad resource', write('weights', 'x/write'), /weights/],
    ['no resource at all', { ...asCloudEvent(write(account, 'x')), subject: '', data: null }, /no resource/],
    [
      'a resource without a name',
      write(account.replace(/\/weights$/, ''), 'x/write'),
      /expected "\/subscriptions\/<id>", then .*\/providers\/<namespace>\/<type>\/<name>/,
    ],
    [
      'an endless id of a guarded account',
      write(`${account}${'s'.repeat(1_000_000)}`, 'x/write'),
      /^.{0,300}has 1000\d{3} characters, expected at most 2048$/,
    ],
    ['no type', { ...write(account, 'x'), eventType: 7 }, /eventType/],
    [
      'CloudEvents of another version',
      { ...asCloudEvent(write(account, 'x')), specversion: '0.3' },
      /specversion/,
    ],
  ])('%s is told by name', (_, event, name) => {
    expect(() => request(event)).toThrow(
      expect.objectContaining({ code: 'malformed-input', message: expect.stringMatching(name) as string }),
    );
  });

  it('is the only thing that throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything(), (event) => {
        try {
          request(event);
        } catch (error) {
          expect(error).toMatchObject({ code: 'malformed-input' });
        }
      }),
    );
  });
});

it.each(published.map(({ source, body }) => [source.slice(source.lastIndexOf('/') + 1), body] as const))(
  'reads the published example %s',
  (_, body) => {
    expect(parseResourceEvent(body).kind).toMatch(/operation|notification/);
  },
);

const everything = '../shared/data/events/eventGrid.jsonl';
it.skipIf(!existsSync(everything))(`reads every published example (skipped without ${everything})`, () => {
  const bodies = readFileSync(everything, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { body: unknown }).body);
  const kinds = bodies.map((body) => {
    try {
      return parseResourceEvent(body).kind;
    } catch {
      return 'unreadable';
    }
  });
  expect(kinds.filter((kind) => kind === 'operation' || kind === 'notification').length).toBeGreaterThan(5);
});

it('notes become booleans only by name, and nothing else changes', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(withBooleans(value as never, [])).toEqual(value);
    }),
  );
});

it('the subscription asks for exactly the operations that intake takes', () => {
  const group = `/subscriptions/${subscription}/resourceGroups/RG`;
  for (const operation of eventOperations(catalogue)) {
    const type = operation.replace(/\/(write|delete)$/, '');
    const { parts, companions } = storageAccountRoot;
    const obstructions = obstructingTypes.get(type.toLowerCase());
    if (obstructions !== undefined) {
      const above = write(`${account}/providers/${type}/ro`, operation);
      expect(request(above), operation).toMatchObject({ root: account, casesBelow: obstructions });
      continue;
    }
    if (type.toLowerCase() in managerTypes) {
      const [namespace, name] = type.split('/');
      const manager = write(`${group}/providers/${namespace}/${name}/x`, operation);
      const root = `/subscriptions/${subscription}`;
      expect(request(manager), operation).toMatchObject({ root, casesBelow: managing });
      continue;
    }
    const isAbove = operation === 'Microsoft.Resources/subscriptions/resourceGroups/delete';
    expect(
      isAbove || parts.has(type.toLowerCase() as never) || companions.has(type.toLowerCase()),
      operation,
    ).toBe(true);
    const [namespace, ...names] = type.split('/');
    const id = isAbove
      ? group
      : `${group}/providers/${namespace}/${names.map((each) => `${each}/x`).join('/')}`;
    expect(request(write(id, operation)), operation).toBeDefined();
  }
});
