// Builds the verifier as one file of plain JavaScript, for a machine that has Node 20 or later and nothing of ours:
// no packages, no TypeScript. It is no part of the deployable. `node infra/build-verify.mjs FOLDER` builds it alone.
import { build } from 'esbuild';

/** Writes `leakstop-verify.mjs` into a folder. */
export async function buildVerifier(folder) {
  await build({
    entryPoints: ['cli/leakstop-verify.ts'],
    outfile: `${folder}/leakstop-verify.mjs`,
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
}

if (process.argv[1]?.endsWith('build-verify.mjs')) {
  await buildVerifier(process.argv[2] ?? 'dist-verify');
}
