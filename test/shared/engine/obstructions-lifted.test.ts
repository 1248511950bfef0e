import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { storageAccountObserver } from '../../../shared/azure/observers/storage-account.ts';
import { azureSurroundings } from '../../../shared/azure/surroundings.ts';
import { createWorker } from '../../../shared/engine/run/worker.ts';
import { requestFor } from '../../../shared/intake/intake.ts';
import { GuardWorld, hourMs, minuteMs, policyWith } from '../../support/guard-world.ts';
import { armCalls } from '../../support/scenario.ts';
import { TestQueue } from '../../support/sweep-world.ts';

/** An event on a scope is news for the roots below it whose open case the thing could have held, and for no other. */

let world: GuardWorld;
let queue: TestQueue;
beforeAll(async () => {
  world = await GuardWorld.start();
});
afterAll(() => world.bed.stop());

const exempting = policyWith({}, { azureExemptionsOf: () => ({ mostDays: 30, rule: 'azure' }) });
const tlsDefinition = 'fe83a0eb-a853-422d-aac2-1bffd182c5d0';

beforeEach(async () => {
  world.bed.faults.clear();
  const surroundings = azureSurroundings(world.bed.clients, world.clock);
  await world.guard(['weights', 'held', 'calm'], { surroundings, policy: exempting });
  queue = new TestQueue(world.clock);
});

const scope = () => `/subscriptions/${world.subscription}`;
const group = () => `${scope()}/resourceGroups/rg-models`;
const on = (where: string, type: string) => `${where}/providers/Microsoft.Authorization/${type}/one`;
const stack = (id: string, body: object = {}) =>
  world.becomes({ id, name: id.split('/').at(-1)!, location: 'westeurope', ...body } as never);

function refuse(status: number, code: string): () => void {
  const message = `The scope cannot perform write operation because following scope(s) are locked: '${group()}'. does not have authorization to perform action 'Microsoft.Storage/storageAccounts/write' over scope`;
  const urlPattern = `${world.subscription}.*weights`;
  world.bed.faults.add({
    target: 'arm',
    methods: ['PATCH'],
    urlPattern,
    effect: { kind: 'status', status, code, message },
  });
  return () => world.bed.faults.clear();
}

function exempt(): () => void {
  const assignment = on(scope(), 'policyAssignments');
  stack(assignment, {
    type: 'Microsoft.Authorization/policyAssignments',
    properties: {
      policyDefinitionId: `/providers/Microsoft.Authorization/policyDefinitions/${tlsDefinition}`,
    },
  });
  const id = on(world.idOf('weights'), 'policyExemptions');
  stack(id, {
    type: 'Microsoft.Authorization/policyExemptions',
    properties: {
      policyAssignmentId: assignment,
      exemptionCategory: 'Waiver',
      expiresOn: new Date(world.clock.now().getTime() + 5 * hourMs).toISOString(),
    },
  });
  return () => world.bed.azure.arm.state.remove(id);
}

const workspace = () => `${scope()}/resourceGroups/lab/providers/Microsoft.Databricks/workspaces/lab`;

function manage(): () => void {
  stack(group(), { type: 'Microsoft.Resources/resourceGroups', managedBy: workspace() });
  stack(workspace(), {
    type: 'Microsoft.Databricks/workspaces',
    properties: { managedResourceGroupId: group() },
  });
  return () => world.bed.azure.arm.state.remove(workspace());
}

async function happens(operation: string, resourceUri: string): Promise<number> {
  const observer = storageAccountObserver(world.bed.clients, world.clock);
  const message = requestFor(
    {
      id: crypto.randomUUID(),
      subject: resourceUri,
      eventType: `Microsoft.Resources.Resource${operation.endsWith('delete') ? 'Delete' : 'Write'}Success`,
      eventTime: world.clock.now().toISOString(),
      data: { resourceUri, operationName: operation, status: 'Succeeded' },
    },
    { rootTypes: [{ ...observer, companions: new Set() } as never], subscriptions: [world.subscription] },
    { at: world.clock.now().toISOString() },
  );
  const worker = createWorker(() => Promise.resolve(world.engine), {
    telemetry: world.engine.telemetry,
    logger: world.engine.logger,
    clock: world.clock,
    queue: () => queue,
    subscriptions: [world.subscription],
  });
  if (message !== undefined) {
    await worker.reconcile(message);
  }
  const looks = queue.waiting.length;
  for (
    let next = queue.next(), count = 0;
    next !== undefined && count < 20;
    next = queue.next(), count += 1
  ) {
    await worker.reconcile(next.request);
  }
  return looks;
}

const remove = (type: string, where: () => string) =>
  [`Microsoft.Authorization/${type}/delete`, () => on(where(), type)] as const;
const write = (type: string, where: () => string) =>
  [`Microsoft.Authorization/${type}/write`, () => on(where(), type)] as const;
const managerGone = ['Microsoft.Databricks/workspaces/delete', workspace] as const;

const locked = () => refuse(409, 'ScopeLocked');
const denied = () => refuse(403, 'RequestDisallowedByPolicy');
const deniedAssignment = () => refuse(403, 'DenyAssignmentAuthorizationFailed');
const refused = () => refuse(403, 'AuthorizationFailed');

describe('an obstruction that is lifted', () => {
  it.each<[state: string, what: string, obstruct: () => () => void, news: readonly [string, () => string]]>([
    ['locked', 'a lock on the group is deleted', locked, remove('locks', group)],
    ['locked', 'a lock on the subscription gets another level', locked, write('locks', scope)],
    ['failed', 'an assignment of Azure Policy is deleted', denied, remove('policyAssignments', group)],
    ['failed', 'an assignment of Azure Policy is changed', denied, write('policyAssignments', scope)],
    ['failed', 'an exemption from it is written', denied, write('policyExemptions', group)],
    ['failed', 'a role is assigned', refused, write('roleAssignments', scope)],
    ['failed', 'an assignment of a role is deleted', refused, remove('roleAssignments', group)],
    ['exempt', 'the exemption is deleted', exempt, remove('policyExemptions', () => world.idOf('weights'))],
    ['exempt', 'the exempted assignment is deleted', exempt, remove('policyAssignments', scope)],
    ['managed', 'the managing resource is deleted', manage, managerGone],
    ['deny-assignment', 'the managing resource is deleted', deniedAssignment, managerGone],
  ])('(%s) is heard of when %s', async (state, _, obstruct, [operation, resource]) => {
    const lift = obstruct();
    await world.opens('weights');
    expect(Object.values(await world.holds())).toEqual([state]);
    world.clock.advance(1_000);
    lift();
    world.bed.azure.accounting.reset();
    expect(await happens(operation, resource())).toBe(1);
    expect(world.isClosed('weights')).toBe(true);
    expect(await world.holds()).toEqual({});
    expect(armCalls(world.bed, world.subscription).writes).toBe(1);
  });

  it.each<[string, () => () => void, readonly [string, () => string]]>([
    ['a lock', locked, remove('roleAssignments', scope)],
    ['a policy', denied, remove('locks', scope)],
    ['a missing right', refused, remove('policyAssignments', scope)],
    ['an exemption', exempt, write('roleAssignments', scope)],
    ['a manager', manage, remove('locks', scope)],
    ['a lock elsewhere', locked, remove('locks', () => `${scope()}/resourceGroups/rg-mod`)],
  ])(
    'of another kind, or elsewhere, is no news for what is held by %s',
    async (_, obstruct, [operation, resource]) => {
      obstruct();
      await world.opens('weights');
      expect(await happens(operation, resource())).toBe(0);
    },
  );

  it('of another subscription concerns nobody', async () => {
    const other = '/subscriptions/11111111-2222-3333-4444-555555555555';
    expect(await happens('Microsoft.Authorization/locks/delete', on(other, 'locks'))).toBe(0);
  });
});

it('news that comes too soon after many refusals is kept: the change is tried when its rest ends', async () => {
  const lift = refused();
  await world.opens('weights');
  for (let refusals = 1; refusals < 6; refusals += 1) {
    await world.passes(24 * hourMs);
  }
  expect(armCalls(world.bed, world.subscription).writes).toBe(6);
  world.clock.advance(1_000);
  lift();
  const [operation, where] = write('roleAssignments', scope);
  expect(await happens(operation, where())).toBe(1);
  expect(armCalls(world.bed, world.subscription).writes).toBe(6);
  const told = (await world.entries()).filter(({ kind }) => kind === 'case-observed');
  expect(told.map(({ payload }) => Object.keys(payload))).toEqual([['until']]);
  await happens(operation, where());
  expect((await world.entries()).filter(({ kind }) => kind === 'case-observed')).toHaveLength(1);
  await world.passes(17 * minuteMs);
  expect(world.isClosed('weights')).toBe(true);
});
