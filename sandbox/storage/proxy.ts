import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { FaultEffect, FaultRegistry } from '../faults.ts';
import { exchange, readBody } from '../wire/exchange.ts';
import type { ExchangeAnswer } from '../wire/exchange.ts';
import type { StoragePrincipals } from './principals.ts';
import { storageError } from './storage-error.ts';
import type { StorageAnswer, StorageService } from './storage-error.ts';

export interface ProxyOptions {
  readonly service: StorageService;
  readonly targetPort: number;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly faults: FaultRegistry;
  readonly principals: StoragePrincipals;
  /** Told of each call when it arrives. */
  readonly onCall: (method: string, url: string) => void;
}

export interface Proxy {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Listens on a free loopback port and passes on what the principals may do, with the faults in force. A request is
 * read whole before it goes on, so that a call which loses its client still takes effect.
 */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(options.caFile), servername: 'localhost' });
  const server = createServer(
    { cert: readFileSync(options.certFile), key: readFileSync(options.keyFile), keepAliveTimeout: 60_000 },
    (request, response) => {
      answer(options, agent, request, response).catch(() => request.socket.destroy());
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
}

async function answer(
  options: ProxyOptions,
  agent: Agent,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  options.onCall(method, url);
  const effects = options.faults.meet(options.service, method, url);
  const body = await readBody(request);
  for (const effect of effects) {
    if (await isEndedBefore(effect, options.service, request, response)) {
      return;
    }
  }
  const { service } = options;
  const judgement = await options.principals.judge({ service, method, url, headers: request.headers, body });
  const { refusal } = judgement;
  if (refusal !== undefined) {
    write(response, storageError(service, refusal === 'InvalidAuthenticationInfo' ? 401 : 403, refusal));
    return;
  }
  const passed = await exchange({
    url: `https://127.0.0.1:${options.targetPort}${url}`,
    method,
    headers: { ...request.headers, ...(judgement.onlyWhenNew ? { 'if-none-match': '*' } : {}) },
    body,
    agent,
  });
  await hang(effects);
  if (effects.some(({ kind }) => kind === 'reset-after')) {
    request.socket.destroy();
    return;
  }
  if (judgement.onlyWhenNew && passed.status === 409) {
    write(response, storageError(service, 403, 'UnauthorizedBlobOverwrite'));
  } else {
    passOn(response, passed);
  }
}

async function hang(effects: readonly FaultEffect[]): Promise<void> {
  for (const effect of effects) {
    if (effect.kind === 'hang-after') {
      await pause(effect.milliseconds);
    }
  }
}

/** Plays the effects that come before the call; true when the call ends with one of them. */
async function isEndedBefore(
  effect: FaultEffect,
  service: StorageService,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  switch (effect.kind) {
    case 'latency':
      await pause(effect.milliseconds);
      return false;
    case 'status': {
      const error = storageError(service, effect.status, effect.code);
      const wait = effect.retryAfterInSeconds;
      write(response, {
        ...error,
        headers: { ...error.headers, ...(wait === undefined ? {} : { 'retry-after': String(wait) }) },
      });
      return true;
    }
    case 'reset-before':
      request.socket.destroy();
      return true;
    case 'reset-after':
    case 'hang-after':
    case 'lose':
      return false;
  }
}

function write(response: ServerResponse, { status, headers, body }: StorageAnswer): void {
  response.writeHead(status, headers).end(body);
}

function passOn(response: ServerResponse, passed: ExchangeAnswer): void {
  const ofConnection = new Set(['connection', 'keep-alive', 'transfer-encoding']);
  const headers = Object.entries(passed.headers).filter(([name]) => !ofConnection.has(name));
  response.writeHead(passed.status, passed.statusText, Object.fromEntries(headers)).end(passed.body);
}
