import type { ChildProcess } from 'node:child_process';
import { hasEnded, startChild, stopChild } from '../process/child.ts';
import { realNow } from './contract.ts';
import type {
  FromWorker,
  FunctionMetadata,
  InvocationRequest,
  InvocationResponse,
  LogEntry,
} from './contract.ts';

export interface WorkerOptions {
  readonly appDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How long after its nth death a worker is started again; the last one counts on. None: never again. */
  readonly restartDelaysMs: readonly number[];
  readonly onLog: (entry: LogEntry) => void;
  readonly onLoaded: (loaded: WorkerLoaded) => void;
  /** The app cannot be loaded. */
  readonly onFailed: (message: string) => void;
}

export interface WorkerLoaded {
  readonly processId: number;
  readonly functions: readonly FunctionMetadata[];
  readonly timings: StartTimings;
}

/** Milliseconds since the worker process was spawned. */
export interface StartTimings {
  readonly spawnMs: number;
  readonly importMs: number;
  readonly registeredMs: number;
}

interface Running {
  readonly child: ChildProcess;
  readonly spawnedAt: number;
  readonly calls: Map<string, { resolve(response: InvocationResponse): void; reject(error: Error): void }>;
}

const waitForWorkerMs = 60_000;
const script = new URL('worker/main.ts', import.meta.url).pathname;

/** The worker process of a host: started, called, and started again when it dies. */
export class WorkerChannel {
  readonly #options: WorkerOptions;
  #deaths = 0;
  #isStopping = false;
  #running: Running | undefined;
  #ready = Promise.withResolvers<Running>();
  #restart: NodeJS.Timeout | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  start(): void {
    const { appDirectory, environment, onLog } = this.#options;
    const child = startChild({
      script,
      args: [appDirectory],
      environment,
      workingDirectory: appDirectory,
      onLine: (message, stream) =>
        onLog({ level: stream === 'stderr' ? 'error' : 'information', category: 'console', message }),
    });
    const running: Running = { child, spawnedAt: realNow(), calls: new Map() };
    this.#running = running;
    let startedAt = running.spawnedAt;
    child.on('message', (message: FromWorker) => {
      if (message.kind === 'started') {
        startedAt = message.at;
      } else {
        this.#hear(running, message, startedAt);
      }
    });
    child.once('exit', (code, signal) => this.#bury(running, signal ?? `exit code ${code ?? 0}`));
  }

  /**
   * Runs a function; waits for a worker when there is none at the moment.
   *
   * @throws Error with what the function threw, or saying that the worker died
   */
  async invoke(functionName: string, request: InvocationRequest): Promise<InvocationResponse> {
    const running = await this.#worker();
    return new Promise((resolve, reject) => {
      running.calls.set(request.invocationId, { resolve, reject });
      running.child.send({ kind: 'invoke', functionName, request }, (error) => {
        if (error !== null) {
          reject(error);
        }
      });
    });
  }

  /** Runs the app's hooks for its end and ends the worker for good. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    const child = this.#running?.child;
    if (child === undefined || hasEnded(child)) {
      return;
    }
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.send({ kind: 'terminate' });
    const timer = setTimeout(() => void stopChild(child, 'SIGKILL'), 5_000);
    await gone;
    clearTimeout(timer);
  }

  async #worker(): Promise<Running> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error('No worker is running')), waitForWorkerMs);
    try {
      return await Promise.race([this.#ready.promise, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #hear(running: Running, message: Exclude<FromWorker, { kind: 'started' }>, startedAt: number): void {
    switch (message.kind) {
      case 'loaded': {
        const { spawnedAt } = running;
        this.#options.onLoaded({
          processId: running.child.pid ?? 0,
          functions: message.functions,
          timings: {
            spawnMs: startedAt - spawnedAt,
            importMs: message.importedAt - startedAt,
            registeredMs: message.at - spawnedAt,
          },
        });
        this.#ready.resolve(running);
        return;
      }
      case 'failed':
        this.#isStopping = true;
        this.#options.onFailed(message.message);
        return;
      case 'result': {
        const call = running.calls.get(message.invocationId);
        running.calls.delete(message.invocationId);
        if (message.error === undefined) {
          call?.resolve(message.response ?? {});
        } else {
          call?.reject(new Error(message.error));
        }
        return;
      }
      case 'log':
        this.#options.onLog(message.entry);
    }
  }

  #bury(running: Running, how: string): void {
    for (const call of running.calls.values()) {
      call.reject(new Error(`The worker died: ${how}`));
    }
    running.calls.clear();
    this.#ready = Promise.withResolvers();
    if (this.#isStopping) {
      return;
    }
    this.#deaths += 1;
    const delays = this.#options.restartDelaysMs;
    const delay = delays[Math.min(this.#deaths, delays.length) - 1];
    const then = delay === undefined ? 'it is not started again' : `it is started again in ${delay} ms`;
    this.#options.onLog({ level: 'error', category: 'host', message: `The worker died: ${how}; ${then}` });
    if (delay !== undefined) {
      this.#restart = setTimeout(() => this.start(), delay);
    }
  }
}
