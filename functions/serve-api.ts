import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import type { Api } from '../shared/api/api.ts';

/** Answers programs and the command line. The token tells the caller, so the host asks for no key. */
export function registerServeApi(api: Api): void {
  app.http('serve-api', {
    route: 'api/{*path}',
    methods: ['GET', 'POST'],
    authLevel: 'anonymous',
    handler: (request) => serveApi(api, request),
  });
}

/** Translates between the host and the API. */
export async function serveApi(
  api: Api,
  { url, method, headers, body }: HttpRequest,
): Promise<HttpResponseInit> {
  // Streamed: a body that is too large is refused before it has arrived.
  const content =
    method === 'POST' && body !== null ? { body: body as ReadableStream, duplex: 'half' as const } : {};
  const response = await api.fetch(new Request(url, { method, headers: [...headers.entries()], ...content }));
  return {
    status: response.status,
    headers: [...response.headers.entries()],
    body: new Uint8Array(await response.arrayBuffer()),
  };
}
