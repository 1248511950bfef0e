import { inspect } from 'node:util';
import { realNow } from '../contract.ts';
import type { FromWorker, InvocationRequest, LogEntry, ToWorker } from '../contract.ts';
import { installCoreApi } from './core-api.ts';
import type { Registry } from './core-api.ts';
import { invoke } from './invoke.ts';
import { loadApp } from './load-app.ts';

/** The process in which the functions of an app run. Its host talks to it over the channel. */
async function run(appDirectory: string): Promise<void> {
  // The channel to the host is what this process lives for.
  process.channel?.ref();
  tell({ kind: 'started', at: realNow() });
  const registry = installCoreApi(log);
  let importedAt = 0;
  try {
    const functions = await loadApp(appDirectory, registry, () => (importedAt = realNow()));
    process.on('message', (message: ToWorker) => obey(message, registry, appDirectory));
    tell({ kind: 'loaded', at: realNow(), importedAt, functions: functions.map(asPlainData) });
  } catch (error) {
    process.send?.({ kind: 'failed', message: inspect(error) } satisfies FromWorker, () => process.exit(1));
  }
}

function obey(message: ToWorker, registry: Registry, appDirectory: string): void {
  switch (message.kind) {
    case 'invoke':
      void answer(registry, message.functionName, message.request);
      return;
    case 'terminate':
      void terminate(registry, appDirectory);
      return;
  }
}

async function answer(registry: Registry, functionName: string, request: InvocationRequest): Promise<void> {
  const { invocationId } = request;
  try {
    const response = await invoke(registry, functionName, request, log);
    tell({ kind: 'result', invocationId, response });
  } catch (error) {
    tell({ kind: 'result', invocationId, error: inspect(error) });
  }
}

async function terminate(registry: Registry, appDirectory: string): Promise<void> {
  for (const hook of registry.hooks.appTerminate) {
    await hook({ hookData: {}, appHookData: {}, functionAppDirectory: appDirectory });
  }
  process.exit(0);
}

function log(entry: LogEntry): void {
  tell({ kind: 'log', entry });
}

function tell(message: FromWorker): void {
  process.send?.(message);
}

/** Metadata without what cannot cross a channel. */
function asPlainData<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

await run(process.argv[2] ?? '.');
