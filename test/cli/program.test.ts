import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
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

test.each(['bash', 'zsh', 'fish', 'powershell'])(
  'prints the completion of %s',
  async (shell) => {
    const { stdout } = await leakstop('completion', shell);
    expect(stdout).toContain('leakstop');
  },
  60_000,
);

test('completes commands and options', async () => {
  expect((await leakstop('complete', '--', 'sc')).stdout).toContain('scan\t');
  expect((await leakstop('complete', '--', 'plan', '--comp')).stdout).toContain('--compare\t');
}, 60_000);

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
}, 60_000);

test('an interruption ends cleanly', async () => {
  const reason = new Error('interrupted');
  const ended = await run(['plan', '--from', program], { signal: AbortSignal.abort(reason) });
  expect(ended).toEqual({ code: 130, out: '', told: 'Interrupted.\n' });
});
