import { expect, test } from 'vitest';
import { z } from 'zod';
import { schemaFault } from '../../../shared/text/schema-fault.ts';

function faultOf(schema: z.ZodType, value: unknown): z.ZodError {
  const { error } = schema.safeParse(value);
  return error ?? expect.fail('expected a fault');
}

test.each([
  ['the first of several', z.object({ a: z.string('a text'), b: z.string() }), {}, '', 'a: a text'],
  ['no path', z.string('a text'), 1, '', 'a text'],
  ['an index', z.array(z.string('a text')), ['', 1], '', '1: a text'],
  ['a path within another value', z.object({ a: z.string('a text') }), {}, 'value.3', 'value.3.a: a text'],
  ['only the place of the value', z.string('a text'), 1, 'value.3', 'value.3: a text'],
])('%s', (_, schema, value, within, text) => {
  expect(schemaFault(faultOf(schema, value), within)).toBe(text);
});
