import { expect, it } from 'vitest';
import { propertyAt } from '../../../shared/contract/property.ts';
import type { Property } from '../../../shared/contract/property.ts';

const absent: Property = { kind: 'absent' };

it.each<[string, string, boolean, Property]>([
  ['a value', 'properties.on', true, { kind: 'value', value: true }],
  ['a value of an incomplete body', 'properties.on', false, { kind: 'value', value: true }],
  ['an object', 'properties.acl', true, { kind: 'value', value: { bypass: 'None' } }],
  ['null, as Azure treats it', 'properties.none', true, absent],
  ['what is not there', 'properties.off', true, absent],
  ['what a body may have left out', 'properties.off', false, { kind: 'unknown' }],
  ['what lies below a value', 'properties.on.more', true, absent],
  ['what lies below a list', 'properties.list.0', true, absent],
  ['what every object knows', 'properties.toString', true, absent],
  ['what every object is made by', 'constructor', true, absent],
])('reads %s', (_, path, isComplete, property) => {
  const resource = { properties: { on: true, none: null, list: [1], acl: { bypass: 'None' } } };
  expect(propertyAt(resource, path, isComplete)).toEqual(property);
});
