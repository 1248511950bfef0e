import { app, type Cookie, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import type { PageApp } from '../pages/page-app.ts';

/** Serves every address that is not the API's. The pages authenticate callers themselves. */
export function registerServePages(pages: () => Promise<PageApp>, webUrl: string): void {
  app.http('serve-pages', {
    route: '{*path}',
    methods: ['GET', 'HEAD', 'POST'],
    authLevel: 'anonymous',
    handler: async (request) => servePage(await pages(), request, webUrl),
  });
}

/** Largest form, in bytes. The forms of the pages are well below it. */
const largestForm = 262_144;

/**
 * Translates between the host and the pages. The origin is the setting's: the host name of the call does not count.
 */
export async function servePage(
  pages: PageApp,
  request: HttpRequest,
  webUrl: string,
): Promise<HttpResponseInit> {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers();
  request.headers.forEach((value, name) => headers.append(name, value));
  const hasBody = request.method === 'POST';
  // Checked before the body is read: the caller is not yet known.
  if (hasBody && !(Number(request.headers.get('content-length') ?? NaN) <= largestForm)) {
    return { status: 413, body: 'The form is too large, or does not say how large it is.\n' };
  }
  const response = await pages.fetch(
    new Request(`${webUrl}${pathname}${search}`, {
      method: request.method,
      headers,
      ...(hasBody ? { body: await request.arrayBuffer() } : {}),
    }),
  );
  return toInit(response);
}

/** The host takes cookies apart from headers: as a header it would keep only the last of several. */
async function toInit(response: Response): Promise<HttpResponseInit> {
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    if (name !== 'set-cookie') {
      headers[name] = value;
    }
  });
  return {
    status: response.status,
    headers,
    cookies: response.headers.getSetCookie().map(toCookie),
    body: new Uint8Array(await response.arrayBuffer()),
  };
}

/** Parses a cookie from the text that the pages wrote. */
function toCookie(text: string): Cookie {
  const [pair = '', ...attributes] = text.split(';').map((part) => part.trim());
  const at = pair.indexOf('=');
  const named = new Map(
    attributes.map((attribute) => {
      const [name = '', value = ''] = attribute.split('=');
      return [name.toLowerCase(), value] as const;
    }),
  );
  const maxAge = named.get('max-age');
  const sameSite = named.get('samesite');
  return {
    name: pair.slice(0, at),
    value: pair.slice(at + 1),
    path: named.get('path') ?? '/',
    httpOnly: named.has('httponly'),
    secure: named.has('secure'),
    ...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
    ...(sameSite === 'Lax' || sameSite === 'Strict' ? { sameSite } : {}),
  };
}
