import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openResourceGraph } from '../../../../shared/azure/resource-graph.ts';
import { azureSurroundings } from '../../../../shared/azure/surroundings.ts';
import { reconcile } from '../../../../shared/engine/run/reconcile.ts';
import { beginSweep } from '../../../../shared/engine/sweep/sweep.ts';
import { openSweepStore } from '../../../../shared/work/sweep-store.ts';
import { GuardWorld, hourMs, minuteMs, policyWith } from '../../../support/guard-world.ts';
import { MemoryTable } from '../../../support/memory-table.ts';
import { armCalls } from '../../../support/scenario.ts';
import { TestQueue } from '../../../support/sweep-world.ts';

/** Assignments to a management group raise no event of the subscription: the sweep finds what is over. */

let world: GuardWorld;
beforeAll(async () => {
  world = await GuardWorld.start();
});
afterAll(() => world.bed.stop());

const definition =
  '/providers/Microsoft.Authorization/policyDefinitions/fe83a0eb-a853-422d-aac2-1bffd182c5d0';
const policy = policyWith({}, { azureExemptionsOf: () => ({ mostDays: 30, rule: 'azure' }) });

beforeEach(async () => {
  world.bed.faults.clear();
  const surroundings = azureSurroundings(world.bed.clients, world.clock);
  await world.guard(['weights', 'calm'], { surroundings, policy });
});

const scope = () => `/subscriptions/${world.subscription}`;
const assignment = () => `${scope()}/providers/Microsoft.Authorization/policyAssignments/deny`;
const exemption = () => `${scope()}/providers/Microsoft.Authorization/policyExemptions/one`;
const state = () => world.bed.azure.arm.state;

function assigned(): void {
  world.becomes({
    id: assignment(),
    name: 'deny',
    type: 'Microsoft.Authorization/policyAssignments',
    properties: { policyDefinitionId: definition },
  } as never);
}

function exempted(): void {
  assigned();
  world.becomes({
    id: exemption(),
    name: 'one',
    type: 'Microsoft.Authorization/policyExemptions',
    properties: {
      policyAssignmentId: assignment(),
      exemptionCategory: 'Waiver',
      expiresOn: new Date(world.clock.now().getTime() + 50 * hourMs).toISOString(),
    },
  } as never);
}

function refuse(code: string, message: string): void {
  const urlPattern = `${world.subscription}.*weights`;
  world.bed.faults.add({
    target: 'arm',
    methods: ['PATCH'],
    urlPattern,
    effect: { kind: 'status', status: 403, code, message },
  });
}

function denied(): void {
  assigned();
  refuse(
    'RequestDisallowedByPolicy',
    `Resource was disallowed by policy. Policy identifiers: '[{"policyAssignment":{"name":"deny","id":"${assignment()}"},"policyDefinition":{"name":"x","id":"${definition}"}}]'.`,
  );
}

const withoutRight = () =>
  refuse(
    'AuthorizationFailed',
    "The client does not have authorization to perform action 'Microsoft.Storage/storageAccounts/write' over scope",
  );

function granted(): void {
  const now = world.clock.now().toISOString();
  world.bed.azure.arm.roles.assign({
    id: crypto.randomUUID(),
    principalObjectId: crypto.randomUUID(),
    role: 'Reader',
    scope: scope(),
    noted: { createdOn: now, updatedOn: now },
  });
}

/** One sweep with all of its looks. */
async function sweep(): Promise<void> {
  const queue = new TestQueue(world.clock);
  const graph = openResourceGraph(world.bed.clients, world.clock);
  const sweeps = openSweepStore(new MemoryTable().client(), world.clock);
  await beginSweep({ engine: world.engine, queue, graph, sweeps, subscriptions: [world.subscription] });
  for (
    let next = queue.next(), count = 0;
    next !== undefined && count < 20;
    next = queue.next(), count += 1
  ) {
    await reconcile(world.engine, queue, next.request);
  }
}

it.each<[string, string, () => void, () => void]>([
  ['exempt', 'the exemption is gone', exempted, () => state().remove(exemption())],
  ['failed', 'the assignment that denied is gone', denied, () => state().remove(assignment())],
  ['failed', 'a role was assigned since', withoutRight, granted],
])('a sweep has tried again what is %s, when %s', async (held, _, obstruct, lift) => {
  obstruct();
  await world.opens('weights');
  expect(Object.values(await world.holds())).toEqual([held]);
  world.clock.advance(minuteMs);
  const before = armCalls(world.bed, world.subscription).writes;
  await sweep();
  expect(armCalls(world.bed, world.subscription).writes).toBe(before);
  expect(Object.values(await world.holds())).toEqual([held]);
  world.clock.advance(minuteMs);
  lift();
  world.bed.faults.clear();
  await sweep();
  expect(world.isClosed('weights')).toBe(true);
  expect(await world.holds()).toEqual({});
});

it('what cannot be read counts as there, and stops no sweep', async () => {
  exempted();
  await world.opens('weights');
  world.clock.advance(minuteMs);
  world.bed.faults.add({
    target: 'arm',
    methods: ['GET'],
    urlPattern: 'policyExemptions',
    effect: { kind: 'status', status: 503 },
  });
  await sweep();
  expect(Object.values(await world.holds())).toEqual(['exempt']);
});

it('without such a case nothing is asked', async () => {
  world.bed.azure.accounting.reset();
  await sweep();
  const asked = world.bed.azure.accounting.calls({ method: 'GET', path: world.subscription });
  expect(asked.filter(({ path }) => /Authorization/i.test(path))).toEqual([]);
});
