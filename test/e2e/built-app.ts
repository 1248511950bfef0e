import { execFile } from 'node:child_process';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isBuilt } from '../../infra/built-from.ts';

/** Builds the deployable unless it is built from what lies here now. */
export async function buildWhenStale(): Promise<void> {
  if (!isBuilt()) {
    await promisify(execFile)(process.execPath, ['infra/build.mjs']);
  }
}

/** A copy of the deployable of its own, so that a build in between does not pull its files from under a running host. */
export async function copyBuiltApp(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'leakstop-app-'));
  await cp('dist', directory, { recursive: true });
  return directory;
}
