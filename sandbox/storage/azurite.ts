import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { startChild, stopChild } from '../process/child.ts';
import type { StorageService } from './storage-error.ts';

export interface AzuriteOptions {
  readonly accounts: readonly string[];
  readonly certFile: string;
  readonly keyFile: string;
  /** Where data is kept; in memory when absent. */
  readonly directory?: string;
  /** More variables for the process, such as those of compressed time. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Azurite {
  readonly child: ChildProcess;
  /** Loopback port of each service. */
  readonly ports: Readonly<Record<StorageService, number>>;
  stop(): Promise<void>;
}

const script = createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js');
const listening = /Azurite (Blob|Queue|Table) service is successfully listening at https:\/\/[^:]+:(\d+)/;
const services = { Blob: 'blobs', Queue: 'queues', Table: 'tables' } as const;
// Starting takes real time, also where time is compressed.
const startupLimitMs = 60_000 * Number(process.env.SANDBOX_TIME_FACTOR ?? 1);

/**
 * Starts one Azurite for the three services on free loopback ports.
 *
 * @throws Error with what Azurite printed, when it ends or says nothing within a minute.
 */
export async function startAzurite(options: AzuriteOptions): Promise<Azurite> {
  const ports: Partial<Record<StorageService, number>> = {};
  const printed: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const child = startChild({
    script,
    args: azuriteArguments(options),
    workingDirectory: options.directory ?? tmpdir(),
    // Nobody knows these keys: the accounts answer to tokens only.
    environment: {
      AZURITE_ACCOUNTS: options.accounts
        .map((account) => `${account}:${randomBytes(64).toString('base64')}`)
        .join(';'),
      ...options.environment,
    },
    onLine: (line) => {
      printed.push(line);
      const [, name, port] = listening.exec(line) ?? [];
      if (name !== undefined) {
        ports[services[name as keyof typeof services]] = Number(port);
      }
      if (isComplete(ports)) {
        resolve(undefined);
      }
    },
  });
  const fail = (why: string): void =>
    reject(new Error(`Cannot start Azurite: ${why}\n${printed.slice(-20).join('\n')}`));
  child.once('exit', (code) => fail(`it ended with ${code ?? 'a signal'}`));
  const timer = setTimeout(() => fail('it does not listen'), startupLimitMs);
  try {
    await promise;
  } catch (error) {
    await stopChild(child, 'SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
  if (!isComplete(ports)) {
    throw new Error('Cannot start Azurite: a service is missing');
  }
  return { child, ports, stop: () => stopChild(child, 'SIGTERM', 2_000) };
}

function azuriteArguments(options: AzuriteOptions): string[] {
  const forEachService = ['blob', 'queue', 'table'].flatMap((service) => [
    `--${service}Host`,
    '127.0.0.1',
    `--${service}Port`,
    '0',
    // A proxy keeps connections open; Azurite closing one first would look like a fault that nobody asked for.
    `--${service}KeepAliveTimeout`,
    '86400',
  ]);
  return [
    ...forEachService,
    ...['--oauth', 'basic', '--cert', options.certFile, '--key', options.keyFile],
    ...['--silent', '--disableTelemetry', '--skipApiVersionCheck', '--disableProductStyleUrl'],
    ...(options.directory === undefined ? ['--inMemoryPersistence'] : ['--location', options.directory]),
  ];
}

function isComplete(ports: Partial<Record<StorageService, number>>): ports is Record<StorageService, number> {
  return ports.blobs !== undefined && ports.queues !== undefined && ports.tables !== undefined;
}
