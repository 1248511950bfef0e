import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FunctionMetadata } from '../contract.ts';
import type { Registry } from './core-api.ts';

const defaultCapabilities = {
  RawHttpBodyBytes: 'true',
  RpcHttpTriggerMetadataRemoved: 'true',
  RpcHttpBodyOnly: 'true',
  IgnoreEmptyValuedRpcHttpHeaders: 'true',
  UseNullableValueDictionaryForHttp: 'true',
  WorkerStatus: 'true',
  TypedDataCollection: 'true',
  HandlesWorkerTerminateMessage: 'true',
};

/**
 * Imports what `main` of the app's package.json names, which may be a pattern, and runs its start hooks.
 *
 * @returns when the imports had finished is told through `onImported`; the result is what was registered
 * @throws whatever the app throws, and Error when there is no entry file or nothing was registered
 */
export async function loadApp(
  appDirectory: string,
  registry: Registry,
  onImported: () => void,
): Promise<readonly FunctionMetadata[]> {
  for (const file of entryFiles(appDirectory)) {
    await import(pathToFileURL(join(appDirectory, file)).href);
  }
  onImported();
  const model = registry.model();
  if (model === undefined || registry.functions.size === 0) {
    throw new Error(`No function is registered by "${appDirectory}"`);
  }
  await model.getCapabilities?.({ ...defaultCapabilities });
  for (const hook of registry.hooks.appStart) {
    await hook({ hookData: {}, appHookData: {}, functionAppDirectory: appDirectory });
  }
  registry.close();
  return [...registry.functions.values()].map(({ metadata }) => metadata);
}

function entryFiles(appDirectory: string): string[] {
  const manifest = JSON.parse(readFileSync(join(appDirectory, 'package.json'), 'utf8')) as { main?: string };
  const files = globSync(manifest.main ?? 'index.js', { cwd: appDirectory });
  if (files.length === 0) {
    throw new Error(`No entry file: "${manifest.main ?? 'index.js'}" matches nothing in "${appDirectory}"`);
  }
  return files.sort();
}
