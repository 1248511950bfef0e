import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matches } from '../../../sandbox/event-grid/filter.ts';
import type { AdvancedFilter } from '../../../sandbox/event-grid/filter.ts';
import { toResourceEvent } from '../../../sandbox/event-grid/resource-event.ts';
import { toResourceNotification } from '../../../sandbox/event-grid/resource-notification.ts';
import { isWorthRetrying, judge, retryDelay } from '../../../sandbox/event-grid/retry.ts';
import type { Operation } from '../../../sandbox/operation.ts';
import { operation } from './operation.ts';

const tenantId = '00000000-0000-0000-0000-00000000000a';
const account = operation();

describe('resource events', () => {
  test('a create', () => {
    const uri = account.resourceId.replace('resourceGroups', 'resourcegroups');
    expect(toResourceEvent(account, { tenantId: tenantId })).toEqual({
      id: expect.any(String) as string,
      topic: '/subscriptions/00000000-0000-0000-0000-000000000001',
      subject: uri,
      eventType: 'Microsoft.Resources.ResourceWriteSuccess',
      eventTime: '2026-03-01T10:00:00.1230000Z',
      data: {
        authorization: {
          scope: uri,
          action: 'Microsoft.Storage/storageAccounts/write',
          evidence: { role: 'Contributor' },
        },
        claims: { appid: 'a', name: 'Ada' },
        correlationId: 'c',
        resourceProvider: 'Microsoft.Storage',
        resourceUri: uri,
        operationName: 'Microsoft.Storage/storageAccounts/write',
        status: 'Succeeded',
        subscriptionId: '00000000-0000-0000-0000-000000000001',
        tenantId,
      },
      dataVersion: '2',
      metadataVersion: '1',
    });
  });

  test.each<[string, Partial<Operation>, string, boolean, string]>([
    ['create', {}, 'ResourceWriteSuccess', false, 'resourcegroups'],
    ['update', { existed: true, method: 'PATCH' }, 'ResourceWriteSuccess', true, 'resourcegroups'],
    [
      'delete',
      { kind: 'delete', existed: true, resource: undefined },
      'ResourceDeleteSuccess',
      true,
      'resourceGroups',
    ],
    ['action', { kind: 'action', resource: undefined }, 'ResourceActionSuccess', true, 'resourceGroups'],
    ['failed write', { outcome: 'Failure' }, 'ResourceWriteFailure', false, 'resourcegroups'],
    [
      'cancelled delete',
      { kind: 'delete', outcome: 'Cancel' },
      'ResourceDeleteCancel',
      true,
      'resourceGroups',
    ],
  ])('%s', (_, changes, type, hasRequest, spelling) => {
    const event = toResourceEvent(operation(changes), { tenantId: tenantId });
    expect(event.eventType).toBe(`Microsoft.Resources.${type}`);
    expect('httpRequest' in event.data).toBe(hasRequest);
    expect(event.subject).toContain(`/${spelling}/Models/`);
    expect(event.data.resourceUri).toBe(event.subject);
  });
});

describe('resource notifications', () => {
  test('the body is in an old version, with numbers for booleans and no caller', () => {
    const notification = toResourceNotification(account);
    expect(notification).toMatchObject({
      eventType: 'Microsoft.ResourceNotifications.Resources.CreatedOrUpdated',
      dataVersion: '1',
      data: { apiVersion: '2019-06-01' },
    });
    expect(notification?.data.resourceInfo).toEqual({
      id: account.resourceId,
      name: 'weights',
      type: 'Microsoft.Storage/storageAccounts',
      kind: 'StorageV2',
      sku: { name: 'Standard_LRS' },
      location: 'westeurope',
      tags: {},
      properties: {
        allowBlobPublicAccess: 0,
        networkAcls: { bypass: 'None', ipRules: [] },
        encryption: { requireInfrastructureEncryption: 1 },
        supportsHttpsTrafficOnly: 1,
      },
    });
    expect(JSON.stringify(notification)).not.toMatch(/claims|authorization|true|false/);
  });

  test('a deleted resource is only named', () => {
    const notification = toResourceNotification(operation({ kind: 'delete', resource: undefined }));
    expect(notification?.eventType).toBe('Microsoft.ResourceNotifications.Resources.Deleted');
    expect(Object.keys(notification?.data.resourceInfo as object)).toEqual(['id', 'name', 'type']);
  });

  test.each<[string, Partial<Operation>]>([
    ['an action', { kind: 'action' }],
    ['a failure', { outcome: 'Failure' }],
    ['a child', { resourceId: `${account.resourceId}/blobServices/default/containers/models` }],
    ['a resource group', { resourceId: '/subscriptions/s/resourceGroups/Models' }],
  ])('%s is not told', (_, changes) => {
    expect(toResourceNotification(operation(changes))).toBeUndefined();
  });
});

describe('filters', () => {
  const event = toResourceEvent(account, { tenantId: tenantId });
  test.each<[AdvancedFilter, boolean]>([
    [
      {
        operatorType: 'StringIn',
        key: 'data.operationName',
        values: ['x', 'microsoft.storage/STORAGEACCOUNTS/write'],
      },
      true,
    ],
    [
      { operatorType: 'StringIn', key: 'data.operationName', values: ['Microsoft.Storage/storageAccounts'] },
      false,
    ],
    [{ operatorType: 'StringIn', key: 'data.missing', values: ['x'] }, false],
    [{ operatorType: 'StringNotIn', key: 'data.missing', values: ['x'] }, true],
    [
      {
        operatorType: 'StringNotIn',
        key: 'data.operationName',
        values: ['microsoft.storage/storageaccounts/write'],
      },
      false,
    ],
    [{ operatorType: 'StringContains', key: 'Subject', values: ['STORAGEACCOUNTS'] }, true],
    [{ operatorType: 'StringBeginsWith', key: 'EventType', values: ['microsoft.resources.'] }, true],
    [{ operatorType: 'StringEndsWith', key: 'data.authorization.evidence.role', values: ['BUTOR'] }, true],
    [{ operatorType: 'IsNotNull', key: 'data.claims.name' }, true],
    [{ operatorType: 'IsNullOrUndefined', key: 'data.claims.upn' }, true],
    [{ operatorType: 'BoolEquals', key: 'data.x', value: true }, false],
    [{ operatorType: 'NumberIn', key: 'data.x', values: [1] }, false],
  ])('%j: %s', (filter, expected) => {
    expect(matches(event, 'EventGridSchema', { advancedFilters: [filter] })).toBe(expected);
  });

  test('event types are exact, subjects are not', () => {
    expect(
      matches(event, 'EventGridSchema', { eventTypes: ['microsoft.resources.resourcewritesuccess'] }),
    ).toBe(false);
    expect(
      matches(event, 'EventGridSchema', { subjectBeginsWith: '/SUBSCRIPTIONS/', subjectEndsWith: 'WEIGHTS' }),
    ).toBe(true);
    expect(matches(event, 'EventGridSchema', { subjectEndsWith: '/other' })).toBe(false);
  });

  test('keys are those of the schema of delivery', () => {
    const filter: AdvancedFilter = { operatorType: 'IsNotNull', key: 'eventType' };
    expect(matches(event, 'EventGridSchema', { advancedFilters: [filter] })).toBe(true);
    expect(matches(event, 'CloudEventSchemaV1_0', { advancedFilters: [filter] })).toBe(false);
  });
});

describe('laws of the retry schedule', () => {
  const status = fc.option(fc.integer({ min: 205, max: 599 }), { nil: undefined });
  const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

  test('a wait is never shorter than planned, nor by more than a fifth longer, nor longer than 14.4 h', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), random, (attempts, draw) => {
        const exact = retryDelay(attempts, judge(500), () => 0);
        const drawn = retryDelay(attempts, judge(500), () => draw);
        expect(exact).toBeGreaterThanOrEqual(10_000);
        expect(drawn).toBeGreaterThanOrEqual(exact);
        expect(drawn).toBeLessThanOrEqual(Math.min(exact * 1.2, 14.4 * 3_600_000));
      }),
    );
  });

  test('a later attempt never waits less', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 29 }), status, (attempts, code) => {
        const attempt =
          code === undefined ? ({ status: code, outcome: 'SocketError' } as const) : judge(code);
        const wait = (count: number): number => retryDelay(count, attempt, () => 0);
        expect(wait(attempts + 1)).toBeGreaterThanOrEqual(wait(attempts));
      }),
    );
  });

  test('an answer is either delivered, or worth a retry, or one of four refusals', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), (code) => {
        const attempt = judge(code);
        const kinds = [attempt.outcome === 'Delivered', [400, 401, 403, 413].includes(code)];
        expect(kinds.filter(Boolean).length).toBeLessThanOrEqual(1);
        expect(isWorthRetrying(attempt)).toBe(!kinds[1]);
        expect(kinds[0]).toBe(code <= 204);
      }),
    );
  });
});
