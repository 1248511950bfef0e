// Builds the verifier as one file of plain JavaScript, for a machine that has Node 20 or later and nothing of ours:
// no packages, no TypeScript. It is no part of the deployable. `node infra/build-verify.mjs FOLDER` builds it alone.
import { appendFileSync } from 'node:fs';
import { build } from 'esbuild';
import { noticesOf, writeNotices } from './notices.mjs';

/** Writes `leakstop-verify.mjs` into a folder. It is handed on alone, so it ends with the notices of what is in it. */
export async function buildVerifier(folder) {
  const outfile = `${folder}/leakstop-verify.mjs`;
  const { metafile } = await build({
    entryPoints: ['cli/leakstop-verify.ts'],
    outfile,
    metafile: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // A CommonJS package inside an ES module asks for what CommonJS has.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
    legalComments: 'inline',
  });
  const comment = noticesOf(metafile).replace(/^/gm, '// ').replace(/ +$/gm, '');
  appendFileSync(outfile, `\n${comment}\n`);
  writeNotices(folder, metafile);
}

if (process.argv[1]?.endsWith('build-verify.mjs')) {
  await buildVerifier(process.argv[2] ?? 'dist-verify');
}
