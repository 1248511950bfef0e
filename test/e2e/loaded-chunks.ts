import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One file of the built app that a worker loaded. */
export interface LoadedChunk {
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Names of the packages that the file was bundled from. */
  readonly packages: readonly string[];
}

export interface ModuleLog {
  /** Variables for the process that is watched. */
  readonly environment: Readonly<Record<string, string>>;
  /** What was loaded from a directory so far, in order. */
  chunks(appDirectory: string): readonly LoadedChunk[];
}

/** Writes down what a process and its children load. */
export async function startModuleLog(): Promise<ModuleLog> {
  const file = join(await mkdtemp(join(tmpdir(), 'leakstop-modules-')), 'loaded.jsonl');
  return {
    environment: {
      NODE_OPTIONS: `--import=${new URL('module-log.mjs', import.meta.url).href}`,
      MODULE_LOG: file,
    },
    chunks: (appDirectory) =>
      (existsSync(file) ? readFileSync(file, 'utf8') : '')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { url: string; at: number })
        .filter(({ url }) => url.startsWith('file:') && fileURLToPath(url).startsWith(appDirectory))
        .map(({ url, at }) => ({ file: fileURLToPath(url), at, packages: packagesIn(fileURLToPath(url)) })),
  };
}

/** The packages in a bundled file, as its source map names them. */
function packagesIn(file: string): string[] {
  if (!existsSync(`${file}.map`)) {
    return [];
  }
  const { sources } = JSON.parse(readFileSync(`${file}.map`, 'utf8')) as { sources: string[] };
  const names = sources.map(
    (source) => /(?:.*node_modules|^webpack:\/)\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1],
  );
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}
