import type { IncomingMessage } from 'node:http';
import type { HostKeys } from './app.ts';

/** The key that a call carries, in its header or its query. */
export function keyOf({
  request,
  url,
}: {
  readonly request: IncomingMessage;
  readonly url: URL;
}): string | undefined {
  const header = request.headers['x-functions-key'];
  return typeof header === 'string' ? header : (url.searchParams.get('code') ?? undefined);
}

/** Whether a key opens an HTTP function of that level. */
export function mayCall(keys: HostKeys, level: string, key: string | undefined): boolean {
  switch (level) {
    case 'anonymous':
      return true;
    case 'function':
      return key === keys.function || key === keys.master;
    default:
      return key === keys.master;
  }
}
