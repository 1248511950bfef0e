import { guarded, plainJson } from '../plain.ts';
import { createInvoker, settingResolver, toLoadedFunctions } from './app.ts';
import type { HostApp, HostKeys, LoadedFunction } from './app.ts';
import { realNow } from './contract.ts';
import type { BindingInfo, LogEntry } from './contract.ts';
import { readHostSettings } from './host-json.ts';
import { openHostStorage } from './host-storage.ts';
import { openHostTelemetry } from './host-telemetry.ts';
import { assertConnection, createQueueConnections } from './queue-connection.ts';
import { createQueueOutput } from './queue-output.ts';
import { listenToQueue } from './queue-trigger.ts';
import type { Listener } from './queue-trigger.ts';
import { type HostTls, serve } from './server.ts';
import { parseSchedule } from './schedule.ts';
import { listenToTimer } from './timer-trigger.ts';
import { WorkerChannel } from './worker-channel.ts';
import type { WorkerLoaded } from './worker-channel.ts';

/** What a host process is started with, as JSON in its first argument. */
export interface HostConfiguration {
  readonly appDirectory: string;
  readonly port: number;
  /** Paths of PEM files; plain HTTP when absent. */
  readonly tls?: HostTls;
  readonly keys: HostKeys;
  /** What all instances of one app share, and no other app. */
  readonly hostId: string;
  /** Keys are not asked for, as under Core Tools. */
  readonly isLocal: boolean;
  readonly restartDelaysMs: readonly number[];
}

/** What a host process tells the one that started it. */
export type FromHost =
  | {
      readonly kind: 'ready';
      readonly url: string;
      readonly functions: readonly string[];
    }
  | { readonly kind: 'worker'; readonly processId: number; readonly timings: WorkerLoaded['timings'] }
  | { readonly kind: 'first-invocation'; readonly at: number };

const knownTriggers = ['httpTrigger', 'eventGridTrigger', 'queueTrigger', 'timerTrigger'];

async function run(configuration: HostConfiguration): Promise<void> {
  const { appDirectory, keys, hostId, isLocal, restartDelaysMs } = configuration;
  const settings = readHostSettings(appDirectory);
  const appSettings = process.env;
  const loaded = Promise.withResolvers<WorkerLoaded>();
  const worker = new WorkerChannel({
    appDirectory,
    environment: Object.fromEntries(
      Object.entries(appSettings).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    restartDelaysMs,
    onLog: log,
    onLoaded: (worker) => {
      tell({ kind: 'worker', processId: worker.processId, timings: worker.timings });
      loaded.resolve(worker);
    },
    onFailed: (message) => giveUp(`The app cannot be loaded: ${message}`),
  });
  worker.start();
  const { functions: metadata } = await loaded.promise;
  const connections = createQueueConnections(appSettings);
  const functions = toLoadedFunctions(metadata, settingResolver(appSettings));
  const deliver = createQueueOutput(connections, settings.queues.messageEncoding);
  const telemetry = openHostTelemetry(settings, appSettings.APPLICATIONINSIGHTS_CONNECTION_STRING);
  let hasInvoked = false;
  const invoke = createInvoker(worker, deliver, log, (execution) => {
    telemetry.report(execution);
    if (!hasInvoked) {
      hasInvoked = true;
      tell({ kind: 'first-invocation', at: realNow() });
    }
  });
  const ending = Promise.withResolvers<string>();
  const app: HostApp = {
    settings,
    keys,
    appSettings,
    functions,
    storage: openHostStorage(appSettings, hostId),
    isLocal,
    log,
    invoke,
    shutDown: ending.resolve,
  };
  functions.forEach((target) => assertCanRun(app, target));

  const server = await serve(app, configuration.port, configuration.tls);
  const listeners = await Promise.all(functions.flatMap((target) => listen(app, target, connections)));
  tell({ kind: 'ready', url: server.url, functions: functions.map(({ name }) => name) });
  process.once('SIGTERM', () => ending.resolve(''));
  const reason = await ending.promise;
  if (reason !== '') {
    log({ level: 'critical', category: 'host', message: reason });
  }
  await Promise.all([server.stop(), ...listeners.map((listener) => listener.stop())]);
  await Promise.all([worker.stop(), telemetry.flush()]);
  process.exit(0);
}

/** Throws on what the real host would only note in its log while the function stays dead. */
function assertCanRun(app: HostApp, { name, trigger, outputs }: LoadedFunction): void {
  if (!knownTriggers.includes(trigger.type ?? '')) {
    throw new Error(`Cannot run "${name}": trigger "${trigger.type ?? ''}" is not modelled`);
  }
  if (trigger.type === 'timerTrigger') {
    parseSchedule(trigger.schedule ?? '');
  }
  for (const binding of [trigger, ...outputs.map((output) => output.binding)]) {
    assertBinding(app, name, binding);
  }
}

function assertBinding(app: HostApp, name: string, binding: BindingInfo): void {
  const { type = '', queueName = '', connection = '', direction } = binding;
  if (type === 'queue' || type === 'queueTrigger') {
    if (!/^[a-z0-9](?:-?[a-z0-9]){2,62}$/.test(queueName)) {
      throw new Error(`Cannot run "${name}": "${queueName}" cannot be the name of a queue`);
    }
    assertConnection(connection, app.appSettings);
  } else if (direction === 'out' && type !== 'http') {
    throw new Error(`Cannot run "${name}": output "${type}" is not modelled`);
  }
}

function listen(
  app: HostApp,
  target: LoadedFunction,
  connections: ReturnType<typeof createQueueConnections>,
): Promise<Listener>[] {
  switch (target.trigger.type ?? '') {
    case 'queueTrigger':
      return [
        connections(target.trigger.connection ?? '').then((service) => listenToQueue(app, target, service)),
      ];
    case 'timerTrigger':
      return [Promise.resolve(listenToTimer(app, target))];
    default:
      return [];
  }
}

function log(entry: LogEntry): void {
  process.stdout.write(`${plainJson({ time: new Date().toISOString(), ...entry })}\n`);
}

function tell(message: FromHost): void {
  process.send?.(message);
}

function giveUp(message: string): void {
  log({ level: 'critical', category: 'host', message });
  process.stderr.write(`${guarded(message)}\n`);
  process.exitCode = 1;
  // The lines above go through pipes that have to empty first.
  setTimeout(() => process.exit(1), 100);
}

process.channel?.ref();
run(JSON.parse(process.argv[2] ?? '{}') as HostConfiguration).catch((error: unknown) =>
  giveUp(`The host cannot start: ${error instanceof Error ? error.message : String(error)}`),
);
