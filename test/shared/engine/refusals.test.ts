import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { account } from '../../support/estate.ts';
import { GuardWorld, hourMs, minuteMs, policyWith } from '../../support/guard-world.ts';
import { armCalls } from '../../support/scenario.ts';

let world: GuardWorld;

beforeAll(async () => {
  world = await GuardWorld.start();
});
afterAll(() => world.bed.stop());
beforeEach(() => world.bed.faults.clear());

const tls = 'storage-account-min-tls';
const https = 'storage-account-https-only';
const twoDrifts = { minimumTlsVersion: 'TLS1_0', supportsHttpsTrafficOnly: false };

/** Every write to the guarded subscription is answered so, for a time or until the faults are cleared. */
function refuse(status: number, code: string, message?: string, forMs?: number): void {
  world.bed.faults.add({
    target: 'arm',
    methods: ['PATCH'],
    urlPattern: world.subscription,
    effect: { kind: 'status', status, code, ...(message === undefined ? {} : { message }) },
    ...(forMs === undefined ? {} : { forMs }),
  });
}

const group = () => world.idOf('weights').split('/providers/')[0]!;
const writes = () => armCalls(world.bed, world.subscription).writes;
const entry = async (kind: string) => (await world.entries()).find((each) => each.kind === kind);
const policyId =
  '/providers/Microsoft.Management/managementGroups/corp/providers/Microsoft.Authorization/policyAssignments/deny-no-tag';
const byPolicy = () =>
  `Resource 'weights' was disallowed by policy. Policy identifiers: '[{"policyAssignment":{"name":"Tags","id":"${policyId}"},"policyDefinition":{"name":"Tag","id":"/providers/Microsoft.Authorization/policyDefinitions/tag"}}]'.`;
const byAssignment = () =>
  `The client 'a' with object id 'b' has permission to perform action 'Microsoft.Storage/storageAccounts/write' on scope '${world.idOf('weights')}'; however, the access is denied because of the deny assignment with name 'System deny assignment' and Id 'bb83' at scope '${group()}'.`;
const byLock = () =>
  `The scope '${world.idOf('weights')}' cannot perform write operation because following scope(s) are locked: '${group()}'. Please remove the lock and try again.`;
const byRole = () =>
  `The client 'a' with object id 'b' does not have authorization to perform action 'Microsoft.Storage/storageAccounts/write' over scope '${group()}' or the scope is invalid.`;

describe('a refusal of the whole resource', () => {
  it.each([
    ['a lock', 409, 'ScopeLocked', byLock],
    ['a deny assignment', 403, 'DenyAssignmentAuthorizationFailed', byAssignment],
    ['a missing right', 403, 'AuthorizationFailed', byRole],
  ])('(%s) is met by one write, however many drifts there are', async (_, status, code, message) => {
    await world.guard(['weights']);
    refuse(status, code, message());
    await world.opens('weights', twoDrifts);
    expect(Object.keys(await world.holds()).sort()).toEqual([`weights ${https}`, `weights ${tls}`].sort());
    expect(writes()).toBe(1);
  });

  it('is told from one that a policy has of one property: what may pass alone is tried, and that once', async () => {
    await world.guard(['weights']);
    refuse(403, 'RequestDisallowedByPolicy', byPolicy());
    await world.opens('weights', twoDrifts);
    expect(await world.holds()).toEqual({ [`weights ${tls}`]: 'failed', [`weights ${https}`]: 'failed' });
    expect(writes()).toBe(3);
    await world.passes(6 * minuteMs);
    expect(writes()).toBe(4);
  });
});

describe('what stands in the way is told by name, in ledger, case and log', () => {
  it.each([
    ['locked', 409, 'ScopeLocked', byLock, () => ({ by: 'lock', scopes: [group()] })],
    [
      'deny-assignment',
      403,
      'DenyAssignmentAuthorizationFailed',
      byAssignment,
      () => ({ by: 'deny-assignment', name: 'System deny assignment', id: 'bb83', scope: group() }),
    ],
  ])('%s', async (reason, status, code, message, refusal) => {
    await world.guard(['weights']);
    world.bed.log.length = 0;
    refuse(status, code, message());
    await world.opens('weights');
    expect(await world.holds()).toEqual({ [`weights ${tls}`]: reason });
    expect((await entry('case-held'))?.payload).toMatchObject({ reason, refusal: refusal() });
    expect(world.bed.log.join('\n')).toContain(group());
    expect(await world.kinds()).not.toContain('case-failed');
  });

  it('a policy', async () => {
    await world.guard(['weights']);
    world.bed.log.length = 0;
    refuse(403, 'RequestDisallowedByPolicy', byPolicy());
    await world.opens('weights');
    expect((await entry('case-failed'))?.payload).toMatchObject({
      code: 'denied-by-policy',
      refusal: { by: 'policy', assignments: [{ id: policyId, name: 'Tags' }] },
    });
    expect(world.bed.log.join('\n')).toContain(policyId);
  });

  it('a right: the action that is missing', async () => {
    await world.guard(['weights']);
    refuse(403, 'AuthorizationFailed', byRole());
    await world.opens('weights');
    expect((await entry('case-failed'))?.payload).toMatchObject({
      code: 'access-denied',
      action: 'Microsoft.Storage/storageAccounts/write',
    });
  });
});

describe('what only somebody else can lift', () => {
  it.each([
    ['a deny assignment', 403, 'DenyAssignmentAuthorizationFailed', byAssignment],
    ['a lock', 409, 'ScopeLocked', byLock],
  ])(
    '(%s) is not written against as often as somebody writes to the resource',
    async (_, status, code, said) => {
      await world.guard(['weights']);
      refuse(status, code, said());
      await world.opens('weights');
      const [before, recorded] = [writes(), (await world.entries()).length];
      for (let count = 0; count < 60; count += 1) {
        world.clock.advance(1_000);
        await world.opens('weights');
      }
      expect(writes() - before).toBeLessThanOrEqual(4);
      expect((await world.entries()).length - recorded).toBeLessThan(40);
      world.bed.faults.clear();
      world.clock.advance(1_000);
      await world.opens('weights');
      for (let minutes = 0; minutes < 5; minutes += 1) {
        await world.passes(minuteMs);
      }
      expect(world.isClosed('weights')).toBe(true);
    },
  );

  it('is tried again within minutes, then less and less often, and once an hour at least', async () => {
    await world.guard(['weights']);
    refuse(409, 'ScopeLocked', byLock());
    await world.opens('weights');
    const gaps: number[] = [];
    let last = world.clock.now().getTime();
    for (let step = 0; step < 6 * 60 && gaps.length < 8; step += 1) {
      const before = writes();
      await world.passes(minuteMs);
      if (writes() > before) {
        gaps.push(world.clock.now().getTime() - last);
        last = world.clock.now().getTime();
      }
    }
    expect(gaps[0]).toBeLessThanOrEqual(3 * minuteMs);
    expect(gaps).toEqual([...gaps].sort((one, other) => one - other));
    expect(gaps.at(-1)).toBeLessThanOrEqual(hourMs + minuteMs);
    world.bed.faults.clear();
    await world.passes(hourMs + minuteMs);
    expect(world.isClosed('weights')).toBe(true);
    expect(await world.holds()).toEqual({});
  });

  it('does not use up the budget of the hour', async () => {
    await world.guard(['weights', 'datasets'], {
      policy: policyWith({ changesPerHour: 2, criticalReserve: 0 }),
    });
    refuse(409, 'ScopeLocked', byLock());
    await world.opens('weights');
    await world.passes(3 * minuteMs);
    await world.passes(5 * minuteMs);
    world.bed.faults.clear();
    await world.opens('datasets');
    expect(world.isClosed('datasets')).toBe(true);
  });
});

describe('what passes by itself (409)', () => {
  const twoSeconds = 2_000;

  it.each([
    ['StorageAccountIsNotProvisioned', 409],
    ['Conflict', 409],
    ['AnotherOperationInProgress', 409],
    ['NobodyHeardOfThis', 409],
    ['StorageProvisioningStateNotSucceeded', 400],
  ])('%s (%d) is withdrawn and closed within seconds, and nothing failed', async (code, status) => {
    await world.guard(['weights']);
    refuse(status, code, 'The storage account provisioning state must be Succeeded.');
    await world.opens('weights', { minimumTlsVersion: 'TLS1_0', provisioningState: 'ResolvingDns' });
    expect(await world.holds()).toEqual({ [`weights ${tls}`]: 'open' });
    await world.passes(twoSeconds);
    world.bed.faults.clear();
    for (let second = 0; second < 10 && !world.isClosed('weights'); second += 1) {
      await world.passes(1_000);
    }
    expect(world.isClosed('weights')).toBe(true);
    expect(await world.kinds()).not.toContain('case-failed');
    expect(await world.holds()).toEqual({});
  });

  it('ends as a failed case when it does not, with the reason, and is tried again by and by', async () => {
    await world.guard(['weights']);
    refuse(409, 'NobodyHeardOfThis', 'No.');
    await world.opens('weights');
    for (let step = 0; step < 30 && !(await world.kinds()).includes('case-failed'); step += 1) {
      await world.passes(minuteMs);
    }
    const failed = await entry('case-failed');
    expect(failed?.payload).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('NobodyHeardOfThis') as string,
    });
    const opened = await entry('case-opened');
    const took = Date.parse(failed!.time) - Date.parse(opened!.time);
    expect(took).toBeGreaterThan(5 * minuteMs);
    expect(took).toBeLessThan(20 * minuteMs);
    // A pause grows to minutes: no storm of writes and entries.
    expect(writes()).toBeLessThan(25);
    world.bed.faults.clear();
    await world.passes(6 * minuteMs);
    expect(world.isClosed('weights')).toBe(true);
  });

  it('on a read: the case that cannot be observed says so after a time, and is closed when it can', async () => {
    await world.guard(['weights']);
    world.bed.faults.add({
      target: 'arm',
      methods: ['GET'],
      urlPattern: `${world.subscription}.*storageAccounts/weights`,
      effect: { kind: 'status', status: 409, code: 'NobodyHeardOfThis' },
    });
    world.becomes(account(world.subscription, 'weights', { minimumTlsVersion: 'TLS1_0' }));
    await world.tell(world.idOf('weights'));
    expect(await world.holds()).toEqual({});
    for (let step = 0; step < 60 && Object.keys(await world.holds()).length === 0; step += 1) {
      await world.passes(minuteMs);
    }
    expect(await world.holds()).toEqual({ 'weights resource-observable': 'failed' });
    world.bed.faults.clear();
    await world.passes(hourMs + minuteMs);
    expect(Object.keys(await world.holds())).not.toContain('weights resource-observable');
  });
});
