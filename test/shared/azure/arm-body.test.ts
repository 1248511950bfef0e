import { expect, test } from 'vitest';
import { parseArmPage, parseArmResource } from '../../../shared/azure/arm-body.ts';

const id = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/weights';
const type = 'Microsoft.Storage/storageAccounts';

test.each<[string, object, string, string]>([
  ['name and type as they are', { id, name: 'Weights', type: 'x' }, 'Weights', 'x'],
  ['a resource without a name', { id, type }, 'weights', type],
  ['a resource with nothing but its id', { id }, 'weights', type],
  ['a name of another shape', { id, name: 7, type: null }, 'weights', type],
])('%s: read by its id, everything else kept', (_, body, name, kind) => {
  const resource = parseArmResource(JSON.stringify({ ...body, tags: { a: 'b' } }), '"weights"');
  expect(resource).toEqual({ ...body, id, name, type: kind, tags: { a: 'b' } });
});

test('an item that cannot be read keeps nobody from the others, and is told with its place', () => {
  const page = { value: [{ id }, { name: 'lost' }, null, { id: `${id}2` }], nextLink: 'x' };
  const { resources, fault } = parseArmPage(JSON.stringify(page), 'the list');
  expect(resources.map(({ name }) => name)).toEqual(['weights', 'weights2']);
  expect(fault).toMatchObject({
    code: 'malformed-input',
    message: expect.stringContaining('value.1.id') as string,
  });
});

test.each(['', 'null', '[]', '{"value":7}'])('no page of a list: %j', (body) => {
  expect(() => parseArmPage(body, 'the list')).toThrow(expect.objectContaining({ code: 'malformed-input' }));
});
