import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonRecords } from '../../../shared/preview/json-records.ts';

/** Reads a text that arrives in pieces of so many characters. */
function read(text: string, piece = text.length || 1) {
  const records = new JsonRecords('file');
  const found = [];
  for (let start = 0; start < text.length; start += piece) {
    found.push(...records.push(text.slice(start, start + piece)));
  }
  records.end();
  return found;
}

const objects = fc.array(
  fc.dictionary(
    fc.string().filter((name) => !['value', 'data', 'predictedResources', '__proto__'].includes(name)),
    fc.jsonValue(),
  ),
  { maxLength: 5 },
);
const shapes: Readonly<Record<string, (all: readonly object[], indent: number) => string>> = {
  array: (all, indent) => JSON.stringify(all, null, indent),
  'page of Resource Manager': (all, indent) => JSON.stringify({ value: all, nextLink: 'x' }, null, indent),
  'answer of Resource Graph': (all, indent) => JSON.stringify({ count: 1, data: all }, null, indent),
  snapshot: (all, indent) => JSON.stringify({ predictedResources: all, outputs: { a: [{}] } }, null, indent),
  lines: (all) => all.map((each) => `${JSON.stringify(each)}\n`).join(''),
};

describe.each(Object.entries(shapes))('%s', (_, write) => {
  test('gives every record once, however it arrives, with the line on which it begins', () => {
    fc.assert(
      fc.property(objects, fc.constantFrom(0, 2), fc.integer({ min: 1, max: 40 }), (all, indent, piece) => {
        const text = write(all, indent);
        const records = read(text, piece).filter(({ kind }) => kind === 'record');
        expect(records.map((record) => JSON.parse(record.text) as unknown)).toEqual(
          JSON.parse(JSON.stringify(all)),
        );
        const lines = text.split('\n');
        for (const { line, text: own } of records) {
          expect(lines[line - 1]).toContain(own.split('\n')[0]);
        }
      }),
    );
  });
});

test('gives what stands around a list', () => {
  const [record, page] = read('{"a": "]", "value" : [{"id": "}"}], "nextLink": "https://next"}');
  expect(record).toMatchObject({ kind: 'record', list: 'value', text: '{"id": "}"}' });
  expect(page).toMatchObject({ kind: 'page' });
  expect(JSON.parse(page!.text)).toEqual({ a: ']', value: [], nextLink: 'https://next' });
});

test.each<[string, string]>([
  ['[1]', 'line 1: expected resources as JSON objects'],
  ['[\n["a"]]', 'line 2: expected resources as JSON objects'],
  ['{"value":[7]}', 'line 1: expected resources as JSON objects'],
  ['ERROR: Please run az login', 'line 1: expected resources as JSON objects'],
  ['[{"id":"a"}', 'line 1: the file ends in the middle'],
  ['{"id":"a', 'line 1: the file ends in the middle'],
  ['[]]', 'line 1: expected JSON'],
])('refuses %s', (text, message) => {
  expect(() => read(text)).toThrow(message);
});
