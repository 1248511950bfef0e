import { expect, it } from 'vitest';
import { defaultsWritten, inverseOf } from '../../../shared/case/inverse.ts';
import type { Change } from '../../../shared/contract/change.ts';
import type { Condition } from '../../../shared/contract/condition.ts';
import type { Json } from '../../../shared/contract/json.ts';

/** A change of one property, whose absence before it has the default of `values`. */
function changeOf(path: string, before: Condition, values: Readonly<Record<string, Json>>): Change {
  return {
    steps: [
      {
        kind: 'storage-account-update',
        target: '/r',
        before: { [path]: before },
        after: { [path]: { is: 'on' } },
      },
    ],
    impact: 'i',
    undo: { kind: 'default', note: 'n', values },
  };
}

it.each<[string, string, Condition, Readonly<Record<string, Json>>, Condition]>([
  ['a value comes back as it was', 'properties.a', { is: 'off' }, {}, { is: 'off' }],
  ['null comes back as it was', 'properties.a', { is: null }, {}, { is: null }],
  [
    'absent comes back as the default',
    'properties.a',
    { absent: true },
    { 'properties.a': 'x' },
    { is: 'x' },
  ],
  ['a default of null is one', 'properties.a', { absent: true }, { 'properties.a': null }, { is: null }],
  ['a name that every object knows', 'toString', { absent: true }, { toString: 'x' }, { is: 'x' }],
])('%s', (_, path, before, values, back) => {
  const [step] = inverseOf(changeOf(path, before, values)).steps;
  expect(step).toMatchObject({ before: { [path]: { is: 'on' } }, after: { [path]: back } });
});

it.each(['properties.a', 'toString', 'constructor', '__proto__'])(
  'nothing is written where "%s" was absent and no default is documented',
  (path) => {
    const change = changeOf(path, { absent: true }, {});
    expect(() => inverseOf(change)).toThrow(/no default of Azure is documented/);
    expect(defaultsWritten(change)).toEqual({});
  },
);

it('a change that cannot be taken back says why', () => {
  const change: Change = { ...changeOf('p', { is: 1 }, {}), undo: { kind: 'none', note: 'the key is gone' } };
  expect(() => inverseOf(change)).toThrow('the key is gone');
});
