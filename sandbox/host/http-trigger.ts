import type { IncomingMessage, ServerResponse } from 'node:http';
import { newTraceParent } from './app.ts';
import type { HostApp, LoadedFunction } from './app.ts';
import type { CookieData, HttpData, TypedData } from './contract.ts';
import { endEmpty } from './end-empty.ts';
import { mayCall } from './keys.ts';
import { parseRoute } from './route.ts';
import type { Route } from './route.ts';

export interface HttpRoute {
  readonly target: LoadedFunction;
  readonly route: Route;
  readonly methods: readonly string[];
}

/** A call as the server has read it. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly body: Buffer;
}

/**
 * Routes of the HTTP functions, the most particular first.
 *
 * @throws Error when two functions answer the same calls, which the real host hides
 */
export function createRoutes(app: HostApp): readonly HttpRoute[] {
  const routes = app.functions
    .filter(({ trigger }) => trigger.type === 'httpTrigger')
    .map((target) => {
      const own = target.trigger.route ?? target.name;
      return {
        target,
        route: parseRoute(`${app.settings.routePrefix}/${own}`),
        methods: (target.trigger.methods ?? ['GET', 'POST']).map((method) => method.toUpperCase()),
      };
    });
  for (const [index, one] of routes.entries()) {
    const other = routes
      .slice(index + 1)
      .find(
        ({ route, methods }) =>
          route.shape === one.route.shape && methods.some((method) => one.methods.includes(method)),
      );
    if (other !== undefined) {
      throw new Error(`Two functions on one route: "${one.target.name}" and "${other.target.name}"`);
    }
  }
  return routes.sort((a, b) => a.route.rank.localeCompare(b.route.rank));
}

/** Answers a call to an HTTP function; false when no route takes it. */
export async function answerHttp(app: HostApp, routes: readonly HttpRoute[], call: Call): Promise<boolean> {
  const { request, response, url } = call;
  const method = request.method ?? 'GET';
  for (const { target, route, methods } of routes) {
    const params = methods.includes(method) ? route.match(url.pathname) : undefined;
    if (params === undefined) {
      continue;
    }
    const level = (target.trigger.authLevel ?? 'anonymous').toLowerCase();
    if (!mayCall(app, level, call)) {
      endEmpty(response, 401);
      return true;
    }
    const traceParent = newTraceParent(request.headers.traceparent as string | undefined);
    try {
      const result = await app.invoke(target, toRequest(call, method, params), {}, traceParent);
      write(response, result.returnValue?.http);
    } catch {
      endEmpty(response, 500);
    }
    return true;
  }
  return false;
}

/** A body without a length, such as a chunked one, does not reach the function. */
function toRequest(
  { request, url, body }: Call,
  method: string,
  params: Readonly<Record<string, string>>,
): TypedData {
  const hasLength = Number(request.headers['content-length'] ?? 0) > 0;
  const headers = Object.entries(request.headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(',') : (value ?? '')] as const,
  );
  return {
    http: {
      method,
      url: url.href,
      nullableHeaders: nullable(headers),
      nullableQuery: nullable([...url.searchParams]),
      nullableParams: nullable(Object.entries(params)),
      ...(hasLength ? { body: { bytes: new Uint8Array(body) } } : {}),
    },
  };
}

function nullable(
  entries: readonly (readonly [string, string])[],
): Readonly<Record<string, { readonly value: string }>> {
  return Object.fromEntries(entries.map(([name, value]) => [name, { value }]));
}

function write(response: ServerResponse, http: HttpData | undefined): void {
  if (http === undefined) {
    endEmpty(response, 204);
    return;
  }
  const status = Number(http.statusCode ?? 200);
  const { 'set-cookie': ownCookie, ...others } = http.headers ?? {};
  const cookies = [
    ...(ownCookie === undefined ? [] : [ownCookie]),
    ...(http.cookies ?? []).map((cookie) => toSetCookie(cookie)),
  ];
  const headers = { ...others, ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}) };
  const { bytes, string } = http.body ?? {};
  const content = bytes ?? string ?? '';
  if (content.length === 0) {
    endEmpty(response, status, headers);
  } else {
    response.writeHead(status, headers).end(content);
  }
}

/** As the real host writes it: the value is escaped, names are lower-case, and the path is the root unless it is said. */
function toSetCookie(cookie: CookieData): string {
  const { expires, maxAge, domain, path, secure, httpOnly, sameSite = 'none' } = cookie;
  const attributes: Readonly<Record<string, string | number | undefined>> = {
    expires: expires && new Date(expires.value.seconds * 1000).toUTCString(),
    'max-age': maxAge?.value,
    domain: domain?.value,
    path: path?.value ?? '/',
    secure: secure?.value === true ? '' : undefined,
    // `none` on this wire stands for an attribute that is not set.
    samesite: sameSite === 'none' ? undefined : sameSite.replace('explicitNone', 'none'),
    httponly: httpOnly?.value === true ? '' : undefined,
  };
  return [
    `${cookie.name}=${encodeURIComponent(cookie.value)}`,
    ...Object.entries(attributes).flatMap(([name, value]) =>
      value === undefined ? [] : [value === '' ? name : `${name}=${value}`],
    ),
  ].join('; ');
}
