import { expect, test } from 'vitest';
import { ResourceStore } from '../../../sandbox/arm/resource-store.ts';
import { GraphIndex } from '../../../sandbox/resource-graph/graph-index.ts';

const id = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a';

function world() {
  const clock = { now: 0 };
  const store = new ResourceStore();
  const index = new GraphIndex(store, 'tenant', () => clock.now);
  const shown = () => index.entries('resources').map(({ row }) => row[11]);
  return { clock, store, index, shown };
}

test('without a delay a change shows at once', () => {
  const { store, shown } = world();
  store.set(id, { properties: 1 });
  store.set(id.toUpperCase(), { properties: 2 });
  expect(shown()).toEqual([2]);
  store.remove('/subscriptions/s/resourceGroups/g');
  expect(shown()).toEqual([]);
});

test('a change shows when its delay has passed, and never before an earlier one', () => {
  const { clock, store, index, shown } = world();
  store.set(id, { properties: 1 });
  index.delayMs = 100;
  store.set(id, { properties: 2 });
  index.delayMs = 0;
  store.set(id, { properties: 3 });
  expect(shown()).toEqual([1]);
  clock.now = 99;
  expect(shown()).toEqual([1]);
  clock.now = 100;
  expect(shown()).toEqual([3]);
  index.delayMs = 50;
  store.clear();
  expect(shown()).toEqual([3]);
  clock.now = 150;
  expect(shown()).toEqual([]);
});
