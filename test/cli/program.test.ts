import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { account } from '../support/estate.ts';
import { newFolder, run } from './run.ts';

const program = join(import.meta.dirname, '../../cli/leakstop.ts');
const leakstop = (...line: string[]) => promisify(execFile)(process.execPath, [program, ...line]);

test.each<string[]>([
  [],
  ['plan'],
  ['scan'],
  ['cases'],
  ['cases', 'show'],
  ['ledger', 'export'],
  ['policy', 'check'],
  ['completion'],
])('help of %s teaches by example', async (...line) => {
  const { code, out } = await run([...line, '--help']);
  expect(code).toBe(0);
  expect(out).toMatch(/leakstop .*[a-z]/);
  expect(out).toMatch(/Examples:|Begin with:|Load it/);
});

test.each(['bash', 'zsh', 'fish', 'powershell'])('prints the completion of %s', async (shell) => {
  const { stdout } = await leakstop('completion', shell);
  expect(stdout).toContain('leakstop');
});

test('the completion of bash runs nothing that was typed', async () => {
  const folder = newFolder();
  const script = join(folder, 'completion.sh');
  writeFileSync(script, (await leakstop('completion', 'bash')).stdout);
  // Stands for the program: says what it is asked to complete.
  writeFileSync(join(folder, 'leakstop'), '#!/bin/bash\nprintf "%s\\n" "$@" >"$(dirname "$0")/asked"\n', {
    mode: 0o755,
  });
  const typed = '$(touch "$HOME/ran")';
  const lines = `source "${script}"; COMP_WORDS=(leakstop plan --from '${typed}' --p); COMP_CWORD=4; __leakstop_complete`;
  const env = { PATH: `${folder}:${process.env.PATH ?? ''}`, HOME: folder };
  await new Promise((resolve) => execFile('bash', ['-c', lines], { env }, resolve));
  expect(readFileSync(join(folder, 'asked'), 'utf8').split('\n')).toContain(typed);
  expect(existsSync(join(folder, 'ran'))).toBe(false);
});

test('an inventory that says that there is more is not passed over', async () => {
  const file = join(newFolder(), 'page.json');
  writeFileSync(file, '{"value":[],"nextLink":"https://management.azure.com/more"}');
  const { code, out } = await run(['plan', '--from', file, '--format', 'sarif']);
  expect(code).toBe(3);
  const { runs } = JSON.parse(out) as { runs: { invocations: { executionSuccessful: boolean }[] }[] };
  expect(runs[0]?.invocations[0]?.executionSuccessful).toBe(false);
});

test('completes commands and options', async () => {
  expect((await leakstop('complete', '--', 'sc')).stdout).toContain('scan\t');
  expect((await leakstop('complete', '--', 'plan', '--comp')).stdout).toContain('--compare\t');
});

test('ends quietly when nobody reads on', async () => {
  const file = join(newFolder(), 'many.ndjson');
  const subscription = '11111111-1111-4111-8111-111111111111';
  const bodies = Array.from({ length: 3_000 }, (_, index) =>
    JSON.stringify(account(subscription, `a${index}`, { allowBlobPublicAccess: true })),
  );
  writeFileSync(file, bodies.join('\n'));
  const child = spawn(process.execPath, [program, 'plan', '--from', file, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told = text(child.stderr);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [code] = (await once(child, 'exit')) as [number];
  expect(await told).toBe('');
  expect(code).toBe(0);
});

test('an interruption ends cleanly', async () => {
  const reason = new Error('interrupted');
  const ended = await run(['plan', '--from', program], { signal: AbortSignal.abort(reason) });
  expect(ended).toEqual({ code: 130, out: '', told: 'Interrupted.\n' });
});
