import { request as requestHttp } from 'node:http';
import type { Agent, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface ExchangeRequest {
  readonly url: string;
  readonly method: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Buffer | string;
  /** Certificate authority to trust, in PEM, instead of the usual ones. */
  readonly ca?: string | Buffer;
  readonly agent?: Agent;
  /** The exchange is given up after this long, with an error named `TimeoutError`. */
  readonly timeoutMs?: number;
}

export interface ExchangeAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  /** Headers as they came: names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** Sends one HTTP request over a connection and reads the whole answer. Follows nothing and repeats nothing. */
export async function exchange(options: ExchangeRequest): Promise<ExchangeAnswer> {
  const send = options.url.startsWith('https:') ? requestHttps : requestHttp;
  const { promise, resolve, reject } = Promise.withResolvers<ExchangeAnswer>();
  const outgoing = send(
    options.url,
    { method: options.method, headers: options.headers, agent: options.agent, ca: options.ca },
    (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          statusText: incoming.statusMessage ?? '',
          headers: incoming.headers,
          rawHeaders: incoming.rawHeaders,
          body: Buffer.concat(parts),
        }),
      );
    },
  );
  outgoing.on('error', reject);
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(
          () => outgoing.destroy(Object.assign(new Error('Timed out'), { name: 'TimeoutError' })),
          options.timeoutMs,
        );
  outgoing.end(options.body);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** Reads a request body whole. */
export async function readBody(incoming: AsyncIterable<unknown>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of incoming) {
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}
