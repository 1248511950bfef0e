import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readBody } from '../wire/exchange.ts';
import { answerAdmin } from './admin.ts';
import type { HostApp } from './app.ts';
import { answerEventGrid } from './event-grid-webhook.ts';
import { answerHttp, createRoutes } from './http-trigger.ts';
import type { Call } from './http-trigger.ts';
import type { HostTls } from './main.ts';

export interface HostServer {
  readonly url: string;
  /** Takes no new calls and resolves when those in flight are answered. */
  stop(): Promise<void>;
}

/**
 * Serves the app on a loopback port, a free one for 0, over TLS where there is a certificate.
 *
 * @throws Error when routes collide or the port is taken
 */
export async function serve(app: HostApp, port: number, tls?: HostTls): Promise<HostServer> {
  const routes = createRoutes(app);
  const scheme = tls === undefined ? 'http' : 'https';
  const server = createServer(tls, (request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const url = new URL(request.url ?? '/', `${scheme}://${request.headers.host ?? 'localhost'}`);
    const call: Call = { request, response, url, body };
    if (/^\/runtime\/webhooks\/eventgrid\/?$/i.test(url.pathname)) {
      await answerEventGrid(app, call);
    } else if (/^\/admin\//i.test(url.pathname)) {
      answerAdmin(app, call);
    } else if (!(await answerHttp(app, routes, call))) {
      response.writeHead(404).end();
    }
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    // By name over TLS: what people open has cookies, and those go by name.
    url: `${scheme}://${tls === undefined ? '127.0.0.1' : 'localhost'}:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

function createServer(tls: HostTls | undefined, listener: RequestListener): Server {
  return tls === undefined
    ? createHttpServer(listener)
    : createHttpsServer({ cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) }, listener);
}
