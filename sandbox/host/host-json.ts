import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the host reads of `host.json`, defaults filled in. Times in milliseconds. */
export interface HostSettings {
  /** The least level at which lines of a category are logged, such as `Information`. */
  levelOf(category: string): string;
  readonly routePrefix: string;
  readonly queues: {
    readonly batchSize: number;
    readonly newBatchThreshold: number;
    readonly maxPollingIntervalMs: number;
    readonly visibilityTimeoutMs: number;
    readonly maxDequeueCount: number;
    readonly messageEncoding: 'base64' | 'none';
  };
}

/**
 * Reads `host.json` of an app.
 *
 * @throws Error when it is missing or says something that the real host would refuse
 */
export function readHostSettings(appDirectory: string): HostSettings {
  const file = JSON.parse(readFileSync(join(appDirectory, 'host.json'), 'utf8')) as HostFile;
  if (file.version !== '2.0') {
    throw new Error(`Cannot read "host.json": version is "${file.version ?? ''}", not "2.0"`);
  }
  const { queues = {}, http = {} } = file.extensions ?? {};
  const levels = file.logging?.logLevel ?? {};
  return {
    levelOf: (category) => levelOf(levels, category),
    routePrefix: (http.routePrefix ?? 'api').replaceAll(/^\/|\/$/g, ''),
    queues: readQueueSettings({ ...queueDefaults, ...queues }),
  };
}

// The threshold is 8 per core in Azure; two cores are those of the smaller plans.
const queueDefaults = {
  batchSize: 16,
  newBatchThreshold: 16,
  maxPollingInterval: '00:01:00',
  visibilityTimeout: '00:00:00',
  maxDequeueCount: 5,
  messageEncoding: 'base64',
};

function readQueueSettings(queues: typeof queueDefaults): HostSettings['queues'] {
  return {
    batchSize: within('batchSize', queues.batchSize, 1, 32),
    newBatchThreshold: within('newBatchThreshold', queues.newBatchThreshold, 0, 10_000),
    maxPollingIntervalMs: within('maxPollingInterval', timeSpan(queues.maxPollingInterval), 100, Infinity),
    visibilityTimeoutMs: timeSpan(queues.visibilityTimeout),
    maxDequeueCount: within('maxDequeueCount', queues.maxDequeueCount, 1, 10_000),
    messageEncoding: encoding(queues.messageEncoding),
  };
}

/** The level of the longest name that the category is or begins with. */
function levelOf(levels: Readonly<Record<string, string>>, category: string): string {
  const names = category.split('.').map((_, index, parts) => parts.slice(0, parts.length - index).join('.'));
  return (
    [...names, 'default'].map((name) => levels[name]).find((level) => level !== undefined) ?? 'Information'
  );
}

interface HostFile {
  readonly version?: string;
  readonly logging?: { readonly logLevel?: Readonly<Record<string, string>> };
  readonly extensions?: {
    readonly http?: { readonly routePrefix?: string };
    readonly queues?: Partial<typeof queueDefaults>;
  };
}

function within(name: string, value: number, least: number, most: number): number {
  if (value < least || value > most) {
    throw new Error(`Cannot read "host.json": ${name} is ${value}`);
  }
  return value;
}

function timeSpan(text: string): number {
  const [, hours, minutes, seconds] = /^(\d\d):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text) ?? [];
  if (hours === undefined) {
    throw new Error(`Cannot read "host.json": "${text}" is not hh:mm:ss`);
  }
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

function encoding(text: string): 'base64' | 'none' {
  if (text !== 'base64' && text !== 'none') {
    throw new Error(`Cannot read "host.json": messageEncoding is "${text}"`);
  }
  return text;
}
