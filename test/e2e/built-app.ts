import { execFile } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const entry = 'dist/functions/index.js';
const sources = ['{functions,remediators,shared}/**/*.ts', 'infra/*.mjs', 'host.json', 'package.json'];

/** Builds the deployable unless it is newer than everything that it is made of. */
export async function buildWhenStale(): Promise<void> {
  const newest = Math.max(...globSync(sources).map((file) => statSync(file).mtimeMs));
  if (!existsSync(entry) || statSync(entry).mtimeMs < newest) {
    await promisify(execFile)(process.execPath, ['infra/build.mjs']);
  }
}

/** A copy of the deployable of its own, so that a build in between does not pull its files from under a running host. */
export async function copyBuiltApp(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'leakstop-app-'));
  await cp('dist', directory, { recursive: true });
  return directory;
}
