import type { ChildProcess } from 'node:child_process';
import { hasEnded, startChild, stopChild } from '../process/child.ts';
import type { ChildOptions } from '../process/child.ts';
import type { FromHost, HostConfiguration } from './main.ts';

export interface HostProcessOptions {
  readonly configuration: HostConfiguration;
  readonly environment: Readonly<Record<string, string>>;
  /** How long after the nth time that it ended by itself a host is started again; the last one counts on. */
  readonly restartDelaysMs: readonly number[];
  readonly onLine: NonNullable<ChildOptions['onLine']>;
  readonly onMessage: (message: FromHost) => void;
}

type Ready = Extract<FromHost, { kind: 'ready' }>;

const script = new URL('main.ts', import.meta.url).pathname;
const stopLimitMs = 30_000;

/**
 * The process of a host. One that ends by itself with 0, as after a refusal of its storage, is started again at the
 * same address, as the platform does it; one that cannot start or is killed is not.
 */
export class HostProcess {
  readonly #options: HostProcessOptions;
  readonly #ready = Promise.withResolvers<Ready>();
  readonly #exited = Promise.withResolvers<number | undefined>();
  #child: ChildProcess;
  #port: number;
  #restarts = 0;
  #restart: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(options: HostProcessOptions) {
    this.#options = options;
    this.#port = options.configuration.port;
    this.#child = this.#start();
  }

  /** Resolves when the functions listen for the first time; rejects with the exit code when that never comes. */
  get ready(): Promise<Ready> {
    return this.#ready.promise;
  }

  /** Resolves with the exit code when the host has ended for good. */
  get exited(): Promise<number | undefined> {
    return this.#exited.promise;
  }

  /** Whether it runs no more and does not come back. */
  get hasEnded(): boolean {
    return this.#restart === undefined && hasEnded(this.#child);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#restart !== undefined) {
      clearTimeout(this.#restart);
      this.#exited.resolve(0);
    }
    await stopChild(this.#child, 'SIGTERM', stopLimitMs);
  }

  async kill(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    await stopChild(this.#child, 'SIGKILL');
  }

  #start(): ChildProcess {
    const { configuration, environment, onLine, onMessage } = this.#options;
    const child = startChild({
      script,
      args: [JSON.stringify({ ...configuration, port: this.#port })],
      environment,
      workingDirectory: configuration.appDirectory,
      onLine,
    });
    child.on('message', (message: FromHost) => {
      if (message.kind === 'ready') {
        this.#port = Number(new URL(message.url).port);
        this.#ready.resolve(message);
      }
      onMessage(message);
    });
    child.once('close', (code) => this.#bury(code ?? undefined));
    return child;
  }

  #bury(code: number | undefined): void {
    if (this.#isStopping || code !== 0) {
      this.#exited.resolve(code);
      this.#ready.reject(new Error(`it ended with ${code ?? 'a signal'}`));
      return;
    }
    const delays = this.#options.restartDelaysMs;
    this.#restarts += 1;
    const delay = delays[Math.min(this.#restarts, delays.length) - 1] ?? 0;
    this.#restart = setTimeout(() => {
      this.#restart = undefined;
      this.#child = this.#start();
    }, delay);
  }
}
