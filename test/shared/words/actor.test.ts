import { expect, it } from 'vitest';
import { actorText } from '../../../shared/words/actor.ts';

it.each([
  [{ kind: 'leakstop' }, 'Leakstop'],
  [{ name: 'ada@example.com', objectId: 'o' }, 'ada@example.com'],
  [{ name: 'ada@example.com', appName: 'Portal' }, 'ada@example.com through Portal'],
  [
    { name: 'ada@example.com', appId: '04b07795-8ddb-461a-bbee-02f9e1bf7b46' },
    'ada@example.com through Azure CLI',
  ],
  [{ name: 'ada@example.com', appId: 'a' }, 'ada@example.com through a'],
  [{ appName: 'deployer', appId: 'a', objectId: 'o' }, 'application deployer'],
  [{ appId: 'a', objectId: 'o' }, 'application a'],
  [{ objectId: 'o' }, 'o'],
  [{ name: '', objectId: 'o' }, 'o'],
  [{ name: 7 }, 'somebody'],
  [{}, 'somebody'],
  [undefined, 'somebody'],
  ['a text', 'somebody'],
])('%j is %s', (actor, text) => {
  expect(actorText(actor)).toBe(text);
});

it('lays out every text that others chose, and no word of ours', () => {
  const given = (text: string) => `<${text}>`;
  expect(actorText({ name: 'n', appName: 'a' }, given)).toBe('<n> through <a>');
  expect(actorText({ objectId: 'o' }, given)).toBe('<o>');
  expect(actorText({}, given)).toBe('somebody');
});

it('takes nothing that every object inherits for a name', () => {
  expect(actorText(Object.create({ name: 'nobody' }) as object)).toBe('somebody');
});
