// Builds the deployable: one ES module bundle, split where the code imports lazily, so that no SDK is loaded before
// it is needed. `@azure/functions-core` is not on the registry: the host's worker provides it.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { buildVerifier } from './build-verify.mjs';
import { beginBuild } from './built-from.ts';
import { noRemoteSettings } from './no-remote-settings.mjs';
import { writeNotices } from './notices.mjs';

const recordBuild = beginBuild();
rmSync('dist', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ['functions/index.ts'],
  outdir: 'dist/functions',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  external: ['@azure/functions-core'],
  // CommonJS packages inside an ES module need what CommonJS has; and the host patches Module.prototype.require.
  banner: {
    js: [
      "import { createRequire as __createRequire } from 'node:module';",
      'const require = __createRequire(import.meta.url);',
      'const __filename = import.meta.filename, __dirname = import.meta.dirname;',
    ].join(''),
  },
  sourcemap: 'linked',
  sourcesContent: false,
  metafile: true,
  plugins: [noRemoteSettings],
  logLevel: 'warning',
  legalComments: 'none',
});
const { name, version, type, main } = JSON.parse(readFileSync('package.json', 'utf8'));
mkdirSync('dist', { recursive: true });
writeFileSync(
  'dist/package.json',
  `${JSON.stringify({ name, version, type, main: main.replace(/^dist\//, '') }, null, 2)}\n`,
);
cpSync('host.json', 'dist/host.json');
writeNotices('dist', metafile);
const bytes = Object.values(metafile.outputs).reduce((sum, { bytes: size }) => sum + size, 0);
process.stdout.write(
  `Built dist: ${Object.keys(metafile.outputs).length} files, ${(bytes / 1e6).toFixed(1)} MB\n`,
);
await buildVerifier('dist-verify');
recordBuild();
