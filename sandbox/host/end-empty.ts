import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** Ends a call without a body. The length is said, as the real host says it where a body could be. */
export function endEmpty(response: ServerResponse, status: number, headers: OutgoingHttpHeaders = {}): void {
  const length = status === 204 ? {} : { 'content-length': 0 };
  response.writeHead(status, { ...headers, ...length }).end();
}
