import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import type { Api } from '../shared/api/api.ts';

/** Calls of programs and of the command line. Who calls is told by the token, so the host asks for no key. */
export function registerServeApi(api: Api): void {
  app.http('serve-api', {
    route: 'api/{*path}',
    methods: ['GET', 'POST'],
    authLevel: 'anonymous',
    handler: async (request) => toInit(await api.fetch(toRequest(request))),
  });
}

function toRequest({ url, method, headers, body }: HttpRequest): Request {
  // Streamed: what is too large is refused before it is all there.
  const content =
    method === 'POST' && body !== null ? { body: body as ReadableStream, duplex: 'half' as const } : {};
  return new Request(url, { method, headers: [...headers.entries()], ...content });
}

async function toInit(response: Response): Promise<HttpResponseInit> {
  return {
    status: response.status,
    headers: [...response.headers.entries()],
    body: new Uint8Array(await response.arrayBuffer()),
  };
}
