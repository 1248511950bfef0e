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
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    process.stderr.write('Cannot install: "npm ci" failed. Run it by hand to see why.\n');
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}
