import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readBody } from '../wire/exchange.ts';
import { answerAdmin } from './admin.ts';
import type { HostApp } from './app.ts';
import { endEmpty } from './end-empty.ts';
import { answerEventGrid, isLetIn } from './event-grid-webhook.ts';
import { answerHttp, createRoutes } from './http-trigger.ts';
import type { Call } from './http-trigger.ts';

export interface HostServer {
  readonly url: string;
  /** Takes no new calls and resolves when those in flight are answered. */
  stop(): Promise<void>;
}

/** Where a host finds its certificate, as paths of PEM files. */
export interface HostTls {
  readonly certFile: string;
  readonly keyFile: string;
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
    void answer(request, response).catch((error: unknown) => {
      app.log({ level: 'error', category: 'host', message: `Cannot answer: ${String(error)}` });
      if (response.headersSent) {
        response.destroy();
      } else {
        endEmpty(response, 500);
      }
    });
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const target = request.url ?? '/';
    if (target.startsWith('//')) {
      endEmpty(response, 404);
      return;
    }
    const url = new URL(target, `${scheme}://${request.headers.host ?? 'localhost'}`);
    const call: Call = { request, response, url, body };
    if (/^\/runtime\//i.test(url.pathname)) {
      await answerRuntime(app, call);
    } else if (/^\/admin\//i.test(url.pathname)) {
      answerAdmin(app, call);
    } else if (!(await answerHttp(app, routes, call))) {
      answerUnmatched(app, call);
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

/** What lies below `/runtime` is the host's own, whatever routes the app has. */
async function answerRuntime(app: HostApp, call: Call): Promise<void> {
  const [, extension] = /^\/runtime\/webhooks\/([^/]+)\/?$/i.exec(call.url.pathname) ?? [];
  if (extension?.toLowerCase() === 'eventgrid') {
    await answerEventGrid(app, call);
  } else if (extension === undefined || isLetIn(app, call)) {
    endEmpty(call.response, 404);
  }
}

/** No function takes the call. At the root stands the host's homepage then, or nothing where it is disabled. */
function answerUnmatched({ appSettings }: HostApp, { response, url }: Call): void {
  if (url.pathname !== '/') {
    endEmpty(response, 404);
  } else if (appSettings.AzureWebJobsDisableHomepage?.toLowerCase() === 'true') {
    endEmpty(response, 204);
  } else {
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<!doctype html><title>Functions</title><p>Your Functions app is up and running.</p>');
  }
}

function createServer(tls: HostTls | undefined, listener: RequestListener): Server {
  return tls === undefined
    ? createHttpServer(listener)
    : createHttpsServer({ cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) }, listener);
}
