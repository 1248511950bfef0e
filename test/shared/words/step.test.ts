import { expect, it } from 'vitest';
import {
  differenceLines,
  lineText,
  otherTarget,
  shownText,
  stepLines,
  stepText,
} from '../../../shared/words/step.ts';

const path = 'properties.a';

it.each([
  [{ [path]: { is: 'Enabled' } }, { [path]: { is: 'Disabled' } }, `${path}: "Enabled" -> "Disabled"`],
  [{ [path]: { is: 'true' } }, { [path]: { is: true } }, `${path}: "true" -> true`],
  [{ [path]: { absent: true as const } }, { [path]: { is: false } }, `${path}: not set -> false`],
  [{ [path]: { is: 1 } }, { [path]: { absent: true as const } }, `${path}: 1 -> not set`],
  [{}, { [path]: { is: 1 } }, `${path}: not known -> 1`],
  [{ [path]: { is: 1 } }, {}, `${path}: 1 -> left as it is`],
  [{}, { toString: { is: 1 } }, 'toString: not known -> 1'],
  [{ [path]: { is: { b: [null] } } }, { [path]: { is: null } }, `${path}: {"b":[null]} -> null`],
])('a step from %j to %j says %s', (before, after, text) => {
  expect(stepLines({ before, after }).map(lineText)).toEqual([text]);
});

it('names every property once, those that are read first', () => {
  const lines = stepLines({ before: { b: { is: 1 }, a: { is: 2 } }, after: { a: { is: 3 }, c: { is: 4 } } });
  expect(lines.map(({ what }) => what)).toEqual(['b', 'a', 'c']);
});

it('says a difference in the words of a step', () => {
  expect(
    differenceLines([
      { path: 'a', desired: false },
      { path: 'b', actual: 'x', desired: 'y' },
    ]).map(lineText),
  ).toEqual(['a: not set -> false', 'b: "x" -> "y"']);
});

it('names the target of a step only where it is another resource', () => {
  expect(otherTarget({ target: '/Subscriptions/a' }, '/subscriptions/A/')).toBeUndefined();
  expect(otherTarget({ target: '/subscriptions/b' }, '/subscriptions/a')).toBe('/subscriptions/b');
});

it('says kinds of steps, those of a later version as they are spelled', () => {
  expect(stepText({ kind: 'storage-account-update' })).toBe('update of the storage account');
  expect(stepText({ kind: 'rule-create' })).toBe('rule create');
});

it('tells a value from words', () => {
  expect(shownText({ kind: 'value', value: 'not set' })).toBe('"not set"');
  expect(shownText({ kind: 'words', words: 'not set' })).toBe('not set');
});
