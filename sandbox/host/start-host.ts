import { randomBytes } from 'node:crypto';
import type { HostKeys } from './app.ts';
import { realNow } from './contract.ts';
import type { LogEntry } from './contract.ts';
import { HostProcess } from './host-process.ts';
import type { FromHost, HostConfiguration } from './main.ts';
import type { HostTls } from './server.ts';
import type { StartTimings } from './worker-channel.ts';

export interface HostOptions {
  /** Directory of the built app: `package.json` with `main`, and `host.json`. */
  readonly appDirectory: string;
  /** App settings: the whole environment of host and functions. */
  readonly environment: Readonly<Record<string, string>>;
  /** Name of the app, in its log and for what its instances share. */
  readonly role: string;
  /** Whether it runs as on a developer's machine, where keys are not asked for. */
  readonly isLocal?: boolean;
  /** How long after the nth time that it ended by itself the platform starts a host again. */
  readonly hostRestartDelaysMs?: readonly number[];
  /** How long after its nth death a worker is started again; as in Azure when absent, never when empty. */
  readonly restartDelaysMs?: readonly number[];
  /** A free port when absent. */
  readonly port?: number;
  /** Certificate with which HTTPS is spoken, where in Azure the front end would; plain HTTP when absent. */
  readonly tls?: HostTls;
  readonly onLog?: (line: HostLog) => void;
}

/** One line of the log of a host, with the name of its app. */
export interface HostLog extends LogEntry {
  readonly time: string;
  readonly role: string;
}

export interface FunctionsHost {
  readonly url: string;
  readonly masterKey: string;
  readonly functionKey: string;
  /** The system key that Event Grid calls with. */
  readonly systemKey: string;
  /** Address of the webhook of an Event Grid function, key included. */
  eventGridUrl(functionName: string): string;
  readonly functions: readonly string[];
  /** Of the worker that runs now. */
  readonly timings: StartTimings & { readonly firstInvocationMs: number | undefined };
  /** How often the host has listened: more than once when it ended by itself and was started again. */
  readonly starts: number;
  /** Hears every line from now on; the result ends that. */
  onLog(listener: (line: HostLog) => void): () => void;
  /** Lets what runs finish, then ends host and worker. */
  stop(): Promise<void>;
  /** Ends the worker by SIGKILL, as a crash would; the host fails its calls and starts another. */
  kill(): Promise<void>;
  /** Ends host and worker by SIGKILL, as the loss of a machine would; the host does not come back by itself. */
  killHost(): Promise<void>;
  /** Resolves when a worker runs that is not the one killed last. */
  whenReady(timeoutMs?: number): Promise<void>;
  /** Resolves with the exit code when the host has ended for good. */
  readonly exited: Promise<number | undefined>;
}

/**
 * Starts a functions host and its worker as processes of their own.
 *
 * @returns when every function is registered and listens
 * @throws Error with what was printed, when the app cannot be loaded or a function could not run
 */
export async function startHost(options: HostOptions): Promise<FunctionsHost> {
  const keys: HostKeys = { master: newKey(), function: newKey(), eventGrid: newKey() };
  const listeners = new Set<(line: HostLog) => void>(options.onLog === undefined ? [] : [options.onLog]);
  const printed: string[] = [];
  const state = new HostState();
  const host = new HostProcess({
    configuration: toConfiguration(options, keys),
    environment: options.environment,
    restartDelaysMs: options.hostRestartDelaysMs ?? [1_000, 2_000, 5_000, 10_000],
    onLine: (line, stream) => {
      if (stream === 'stderr') {
        printed.push(line);
      }
      const entry = { ...toEntry(line), role: options.role };
      listeners.forEach((listener) => listener(entry));
    },
    onMessage: (message) => state.hear(message),
  });
  const { url, functions } = await host.ready.catch((error: unknown) => {
    throw new Error(`Cannot start "${options.role}": ${(error as Error).message}\n${printed.join('\n')}`);
  });
  return {
    url,
    functions,
    masterKey: keys.master,
    functionKey: keys.function,
    systemKey: keys.eventGrid,
    eventGridUrl: (name) => `${url}/runtime/webhooks/EventGrid?functionName=${name}&code=${keys.eventGrid}`,
    get timings() {
      return { ...state.timings, firstInvocationMs: state.firstInvocationMs };
    },
    get starts() {
      return state.starts;
    },
    onLog: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => host.stop(),
    kill: () => state.killWorker(),
    killHost: async () => {
      const worker = state.processId;
      await host.kill();
      killIfAlive(worker);
    },
    whenReady: (timeoutMs = 30_000) => state.whenReady(host, timeoutMs),
    exited: host.exited,
  };
}

function toConfiguration(options: HostOptions, keys: HostKeys): HostConfiguration {
  const { appDirectory, port = 0, tls, role, isLocal = false, restartDelaysMs = [500, 10_000] } = options;
  return {
    appDirectory,
    port,
    ...(tls === undefined ? {} : { tls: { certFile: tls.certFile, keyFile: tls.keyFile } }),
    keys,
    hostId: role,
    isLocal,
    restartDelaysMs,
  };
}

/** What is known of the worker of a host. */
class HostState {
  processId = 0;
  timings: StartTimings = { spawnMs: 0, importMs: 0, registeredMs: 0 };
  firstInvocationMs: number | undefined;
  starts = 0;
  #registeredAt = 0;
  #killed = 0;

  hear(message: FromHost): void {
    if (message.kind === 'ready') {
      this.starts += 1;
    } else if (message.kind === 'worker') {
      this.processId = message.processId;
      this.timings = message.timings;
      this.#registeredAt = realNow();
    } else {
      this.firstInvocationMs = message.at - this.#registeredAt + this.timings.registeredMs;
    }
  }

  async killWorker(): Promise<void> {
    this.#killed = this.processId;
    killIfAlive(this.#killed);
    await until(() => !isAlive(this.#killed), 5_000, 'The worker does not die');
  }

  async whenReady(host: HostProcess, timeoutMs: number): Promise<void> {
    const isReady = (): boolean => this.processId !== this.#killed && isAlive(this.processId);
    await until(() => isReady() || host.hasEnded, timeoutMs, 'No worker is running');
    if (!isReady()) {
      throw new Error('The host has ended');
    }
  }
}

async function until(condition: () => boolean, timeoutMs: number, failure: string): Promise<void> {
  const end = realNow() + timeoutMs;
  while (!condition()) {
    if (realNow() > end) {
      throw new Error(failure);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}

function killIfAlive(processId: number): void {
  if (processId !== 0 && isAlive(processId)) {
    process.kill(processId, 'SIGKILL');
  }
}

function toEntry(line: string): Omit<HostLog, 'role'> {
  try {
    const parsed = JSON.parse(line) as Omit<HostLog, 'role'> | null;
    if (typeof parsed?.message === 'string') {
      return parsed;
    }
  } catch {
    // Not one of the host's own lines: taken as it is.
  }
  return { time: new Date().toISOString(), level: 'error', category: 'console', message: line };
}

function newKey(): string {
  return randomBytes(32).toString('base64url');
}
