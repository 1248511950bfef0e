import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBody } from '../wire/exchange.ts';
import { answerAdmin } from './admin.ts';
import type { HostApp } from './app.ts';
import { answerEventGrid } from './event-grid-webhook.ts';
import { answerHttp, createRoutes } from './http-trigger.ts';
import type { Call } from './http-trigger.ts';

export interface HostServer {
  readonly url: string;
  /** Takes no new calls and resolves when those in flight are answered. */
  stop(): Promise<void>;
}

/**
 * Serves the app on a loopback port, a free one for 0.
 *
 * @throws Error when routes collide or the port is taken
 */
export async function serve(app: HostApp, port: number): Promise<HostServer> {
  const routes = createRoutes(app);
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
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
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}
