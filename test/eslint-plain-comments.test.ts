import { type ESLint, Linter } from 'eslint';
import { expect, test } from 'vitest';

const rules = new URL('../eslint-plain-comments.mjs', import.meta.url).href;
const { plainComments } = (await import(rules)) as { readonly plainComments: ESLint.Plugin };

/** Ids of the messages that the rule gives for a text. */
function faultsIn(code: string): (string | undefined)[] {
  const config = {
    plugins: { leakstop: plainComments },
    rules: { 'leakstop/plain-english': 'error' as const },
  };
  return new Linter().verify(code, [config]).map(({ messageId, message }) => messageId ?? message);
}

test.each([
  ['a clause without a subject', '/** Of a case that undoes another one: which. */\nlet undo;', ['headless']],
  ['a question', '/** Whether the drift was witnessed. */\nlet witnessed;', ['headless']],
  [
    'a clause in a later sentence',
    '/** The hold of a case. What ends it is told. */\nlet hold;',
    ['headless'],
  ],
  [
    'a clause on the second line',
    '/**\n * The hold of a case.\n * How it ends is told.\n */\nlet hold;',
    ['headless'],
  ],
  ['lines that belong together', '// The hold of a case.\n// So it is told.\nlet hold;', ['headless']],
  ['an opening without a noun', '/** That it came is recorded. */\nlet event;', ['headless']],
  ['a unit that the name says', '/** Pause, in milliseconds. */\nconst pauseMs = 1;', ['unit']],
  ['a unit that the name says at length', '/** Limit in bytes. */\nconst mostBytes = 1;', ['unit']],
  ['a unit that the name does not say', '/** Age in milliseconds. */\nfunction age() {}', []],
  ['a sentence', '/** True if the drift was witnessed. That says nothing of its opener. */\nlet a;', []],
  ['a word inside a sentence', '/** Says what forbids a change, and how to end that. */\nlet a;', []],
  ['a text that is no comment', "const text = 'What it is';", []],
])('the comment rule judges %s', (_, code, expected) => {
  expect(faultsIn(code)).toEqual(expected);
});
