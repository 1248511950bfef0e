// Tells whether what was built is built from what lies here now: by the contents of its inputs, not by their times, so
// that a fresh checkout of the same contents, or a switch of branches and back, builds nothing anew.
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const stamp = '.sandbox/built-from';
const entry = 'dist/functions/index.js';
const inputs = [
  '{functions,remediators,shared,pages,cli}/**/*.ts',
  'infra/*.{mjs,ts}',
  'host.json',
  'package.json',
  'package-lock.json',
];

/** One hash over path and contents of everything that a build reads. */
function hashOfInputs(): string {
  const hash = createHash('sha256');
  for (const file of globSync(inputs).sort()) {
    hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

export function isBuilt(): boolean {
  return existsSync(entry) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOfInputs();
}

/** Call the result when the build is done. What changes while it runs makes its result stale. */
export function beginBuild(): () => void {
  const hash = hashOfInputs();
  rmSync(stamp, { force: true });
  return () => {
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, hash);
  };
}
