import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

export interface AppOptions {
  readonly format?: 'esm' | 'cjs';
  readonly host?: object;
}

/** Bundles a small function app as the deployed one is bundled; returns its directory. */
export async function buildApp(source: string, options: AppOptions = {}): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'leakstop-app-'));
  const isModule = options.format !== 'cjs';
  const file = isModule ? 'index.mjs' : 'index.cjs';
  await build({
    stdin: { contents: source, resolveDir: process.cwd(), loader: 'js' },
    outfile: join(directory, file),
    bundle: true,
    platform: 'node',
    format: isModule ? 'esm' : 'cjs',
    external: ['@azure/functions-core'],
    logLevel: 'silent',
    ...(isModule
      ? {
          banner: {
            js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
          },
        }
      : {}),
  });
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ main: file }));
  writeFileSync(join(directory, 'host.json'), JSON.stringify({ version: '2.0', ...options.host }));
  return directory;
}
