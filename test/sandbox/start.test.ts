import { execFile } from 'node:child_process';
import { beforeAll, expect, test } from 'vitest';
import { buildWhenStale } from '../e2e/built-app.ts';

interface Ending {
  readonly code: number;
  readonly output: string;
}

beforeAll(buildWhenStale);

/** Runs the show as a process of its own, on the app that is built by then. */
function start(...options: string[]): Promise<Ending> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['sandbox/start.ts', '--once', '--no-build', ...options],
      (error, output, errors) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: output + errors }),
    );
  });
}

/** The cells of a line of the summary. */
function rowOf(output: string, title: string): readonly string[] {
  const line = output.split('\n').find((candidate) => candidate.startsWith(` ${title}  `));
  return (line ?? '').trim().split(/ {2,}/).slice(1);
}

test.concurrent('the story is played, and ends well', async () => {
  const { code, output } = await start();
  expect(output).toContain(
    'Everything that should be closed is closed. Nothing poisoned, nothing dead-lettered.',
  );
  expect(code).toBe(0);
  expect(rowOf(output, 'Account opened').slice(0, 3)).toEqual(['1 closed', '2', '1']);
  expect(rowOf(output, 'Account created open')[0]).toBe('2 closed, 1 to decide, 2 held');
  expect(rowOf(output, 'Three drifts, one account').slice(0, 3)).toEqual(['3 closed', '2', '1']);
  expect(rowOf(output, 'Same event three times').slice(0, 3)).toEqual(['1 closed', '2', '1']);
  expect(rowOf(output, 'Write that opens nothing').slice(0, 3)).toEqual(['left alone', '1', '0']);
  expect(rowOf(output, 'Change that needs approval').slice(0, 3)).toEqual(['1 to decide', '1', '0']);
  expect(rowOf(output, 'Old drift left to people')[2]).toBe('0');
  expect(output).toMatch(/14 opened and 10 closed in the story/);
  expect(output).not.toContain('\u001b');
});

test.concurrent('with a right taken away it says what stays open', async () => {
  const { code, output } = await start('--withhold', 'Microsoft.Storage/storageAccounts/write');
  const said = output.replaceAll(/\s+/g, ' ');
  expect(code).toBe(1);
  expect(said).toContain(
    'datasetsraw: "Storage account refuses anonymous blob access" stays open, failed (access-denied: Microsoft.Storage/storageAccounts/write)',
  );
  expect(rowOf(output, 'Container opened')[0]).toBe('1 closed');
});

test('an option that it does not know is named', async () => {
  const { code, output } = await start('--twice');
  expect(code).toBe(2);
  expect(output).toContain("'--twice'");
});
