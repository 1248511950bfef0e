import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const script = resolve('sandbox/install.mjs');

/** A project without dependencies, which the real npm installs without a registry. */
function makeProject(dependencies: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'leakstop-install-'));
  const project = { name: 'project', version: '1.0.0', lockfileVersion: 3 };
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ ...project, dependencies }));
  writeFileSync(
    join(directory, 'package-lock.json'),
    JSON.stringify({ ...project, packages: { '': { name: 'project', version: '1.0.0' } } }),
  );
  return directory;
}

/** Installs as an npm script does; what it said, and how it ended. */
function install(directory: string): Promise<{ readonly code: number | null; readonly said: string }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [script], { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (part: Buffer) => (said += part.toString()));
    child.once('close', (code) => done({ code, said }));
  });
}

test('it says what it does from the first line on, once', async () => {
  const directory = makeProject();
  const first = await install(directory);
  expect(first.code).toBe(0);
  expect(first.said).toMatch(/^Installing the 0 packages .* \(0 s\)\n/);
  expect(first.said).toMatch(/Installed 0 packages in \d+ s\.\n$/);
  expect(first.said).not.toContain('\u001b');
  expect(await install(directory)).toEqual({ code: 0, said: '' });
});

test('of several at once one installs, and the others wait for it', async () => {
  const directory = makeProject();
  const endings = await Promise.all(Array.from({ length: 4 }, () => install(directory)));
  expect(endings.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(endings.filter(({ said }) => said.includes('Installed'))).toHaveLength(1);
  expect(existsSync(join(directory, '.sandbox/installing'))).toBe(false);
});

test('the lock of a process that has ended keeps nobody waiting', async () => {
  const directory = makeProject();
  const ended = spawn(process.execPath, ['--version']);
  await new Promise((done) => ended.once('close', done));
  mkdirSync(join(directory, '.sandbox'));
  writeFileSync(join(directory, '.sandbox/installing'), String(ended.pid));
  expect((await install(directory)).said).toContain('Installed');
});

test('an installation that fails says why, and what to do', async () => {
  const directory = makeProject({ 'a-package-that-the-lockfile-lacks': '1.0.0' });
  const { code, said } = await install(directory);
  expect(code).toBe(1);
  expect(said).toContain('a-package-that-the-lockfile-lacks');
  expect(said).toContain('Cannot install: "npm ci" failed');
  expect((await install(directory)).code).toBe(1);
});
