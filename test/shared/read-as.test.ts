import { expect, test } from 'vitest';
import { z } from 'zod';
import { readAs, readJson, readJsonAs } from '../../shared/read-as.ts';

const Account = z.object({ name: z.string(), rules: z.array(z.object({ port: z.int() })) });
const account = { name: 'weights1', rules: [{ port: 22 }] };

test('what a schema allows is read', () => {
  expect(readAs(Account, account, 'the account')).toEqual(account);
  expect(readJsonAs(Account, JSON.stringify(account), 'the account')).toEqual(account);
});

test.each([
  ['a member', { name: 1, rules: [] }, 'name: '],
  ['a member far down', { name: 'weights1', rules: [{ port: 22 }, { port: 'a secret' }] }, 'rules.1.port: '],
  ['the value itself', 'a secret', 'Invalid input'],
])('%s that is not as the schema says is named, and never its value', (_, value, named) => {
  for (const read of [
    () => readAs(Account, value, 'the account'),
    () => readJsonAs(Account, JSON.stringify(value), 'the account'),
  ]) {
    expect(read).toThrow(
      expect.objectContaining({
        code: 'malformed-input',
        message: expect.stringMatching(
          new RegExp(`^Cannot read the account: ${named}(?!.*a secret)`),
        ) as unknown,
      }),
    );
  }
});

test.each(['', '{', '{"name":}'])('the text %j is not JSON', (text) => {
  for (const read of [() => readJson(text, 'the account'), () => readJsonAs(Account, text, 'the account')]) {
    expect(read).toThrow(
      expect.objectContaining({
        code: 'malformed-input',
        message: 'Cannot read the account: expected JSON',
      }),
    );
  }
});
