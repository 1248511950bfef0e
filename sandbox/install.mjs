// Runs before every npm script, on whatever Node is there, with nothing installed yet: installs exactly what
// package-lock.json says when that has not been done for this lockfile. After it, npm scripts find Node 24 first
// on their path (the npm package "node").
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

const stamp = 'node_modules/.leakstop-installed';
const wanted = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';

if (installed !== wanted) {
  process.stderr.write('Installing the exact versions of package-lock.json (once)...\n');
  // `npm ci` refuses a lockfile that lacks optional packages of other platforms, as a registry may not have them all;
  // `npm install` takes the same versions from it, checks the same hashes, and leaves the lockfile alone.
  const attempts = [['ci'], ['install', '--no-save']].map((words) => () => install(words));
  if (!attempts.some((attempt) => attempt())) {
    process.stderr.write('Cannot install: neither "npm ci" nor "npm install --no-save" succeeded.\n');
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

/** Whether npm succeeded; what it complained of is shown when that was the last way. */
function install(words) {
  const { status, stderr } = spawnSync('npm', [...words, '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    shell: process.platform === 'win32',
    encoding: 'utf8',
  });
  if (status !== 0 && words[0] !== 'ci') {
    process.stderr.write(stderr);
  }
  return status === 0;
}
