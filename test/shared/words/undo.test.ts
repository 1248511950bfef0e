import { expect, it } from 'vitest';
import { undoAnswer, undoText } from '../../../shared/words/undo.ts';

it.each([
  [undefined, 'Not known'],
  [{ kind: 'exact' }, 'Yes, exactly'],
  [{ kind: 'exact', note: 'Slowly' }, 'Yes, exactly. Slowly'],
  [{ kind: 'default', note: 'It was absent' }, 'Yes, but not exactly. It was absent'],
  [
    { kind: 'default', note: 'It was absent', values: { 'properties.a': 'TLS1_0', 'properties.b': true } },
    'Yes, but not exactly. It was absent; properties.a becomes "TLS1_0"; properties.b becomes true',
  ],
  [{ kind: 'none', note: 'It is gone' }, 'No. It is gone'],
  [{ kind: 'toString', note: '' }, 'Not known'],
])('%j is told as %s', (undo, text) => {
  expect(undoText(undo)).toBe(text);
});

it('leaves out what undo writes where only the answer is asked for', () => {
  expect(undoAnswer({ kind: 'default', note: 'n', values: { a: 1 } })).toBe('Yes, but not exactly. n');
});
