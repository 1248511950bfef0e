import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildWhenStale } from '../e2e/built-app.ts';

/** Files of a package that are in the bundle: esbuild writes the path of each before its code. */
function filesOf(name: string): readonly string[] {
  const code = globSync('dist/functions/*.js').map((file) => readFileSync(file, 'utf8'));
  return code
    .flatMap((text) => [...text.matchAll(/^ *\/\/ (\S*node_modules\/\S+)/gm)].map(([, path = '']) => path))
    .filter((path) => path.includes(`/${name}/`));
}

test('the bundle sends telemetry, and holds nothing that asks the vendor of its SDK for settings', async () => {
  await buildWhenStale();
  const files = filesOf('@azure/monitor-opentelemetry-exporter');
  expect(files).not.toEqual([]);
  expect(files.filter((path) => path.endsWith('/_configuration/configurationWorker.js'))).toEqual([]);
});
