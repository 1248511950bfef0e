import { type Hook, OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { secureHeaders } from 'hono/secure-headers';
import type { z } from 'zod';
import { safeCause } from '../text/safe-cause.ts';
import { authenticate } from './authenticate.ts';
import { addCases } from './cases.ts';
import { addDecisions } from './decisions.ts';
import { addEvidence } from './evidence.ts';
import { addKillSwitch } from './kill-switch.ts';
import { addLedger } from './ledger.ts';
import { addLooks } from './looks.ts';
import type { ApiEnvironment, ApiParts } from './parts.ts';
import { problemOf, problems, CallRefusal, refusalOf } from './problem.ts';

/** The handler of calls under `/api/`. Never throws. */
export interface Api {
  fetch(request: Request): Promise<Response>;
}

/** Path of the API's description. The description holds no data, so no caller has to sign in. */
export const descriptionPath = '/api/openapi.json';

/** Largest body of a call, above the need of any call: a hundred decisions with long reasons. */
const largestBody = 1_048_576;

/** The head of the description. */
export const description = {
  openapi: '3.1.0' as const,
  info: {
    title: 'Leakstop',
    version: '1',
    description:
      'Decide about cases, read them, stop every change, and download the ledger. Every call carries an access token of Microsoft Entra (version 2.0) for the registration of the service.',
  },
  security: [{ entra: [] }],
};

/** Builds the API from its parts. */
export function createApi(parts: ApiParts): Api {
  const api = openRoutes(parts);
  return { fetch: async (request) => api.fetch(request) };
}

/** The routes, for answering calls and for describing the API. */
export function openRoutes(parts: ApiParts): OpenAPIHono<ApiEnvironment> {
  const api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseMalformed });
  api.openAPIRegistry.registerComponent('securitySchemes', 'entra', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  });
  api.use(
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      xFrameOptions: 'DENY',
      referrerPolicy: 'no-referrer',
      strictTransportSecurity: 'max-age=31536000; includeSubDomains',
    }),
  );
  api.use(async (context, next) => {
    await next();
    context.header('Cache-Control', 'no-store');
  });
  api.doc31(descriptionPath, description);
  api.use('/api/*', authenticate(parts.verifier));
  api.use('/api/*', bodyLimit({ maxSize: largestBody, onError: tooLarge }));
  api.use('/api/*', askJson);
  api.use('/api/*', askLength);
  addDecisions(api, parts);
  addCases(api, parts);
  addLooks(api, parts);
  addKillSwitch(api, parts);
  addLedger(api, parts);
  addEvidence(api, parts);
  api.notFound(() => {
    throw new CallRefusal(
      'not-found',
      `Cannot answer: nothing is here; "${descriptionPath}" names what there is`,
    );
  });
  api.onError((error, context) => {
    const refusal = error instanceof HTTPException ? refusalOfRequest(error) : refusalOf(error);
    const { status } = problems[refusal.code];
    if (status >= 500) {
      const level = status === 500 ? 'error' : 'warning';
      parts.logger[level]('The API could not answer', { reason: safeCause(error).message });
    }
    const problem = JSON.stringify(problemOf(refusal));
    return context.body(problem, status, { 'Content-Type': 'application/problem+json', ...refusal.headers });
  });
  return api;
}

/** Refuses forms: any page could send one, and no caller of this API does. */
const askJson: MiddlewareHandler<ApiEnvironment> = async (context, next) => {
  const type = context.req.header('content-type') ?? '';
  if (context.req.method === 'POST' && !/^application\/json\s*(;|$)/i.test(type)) {
    throw new CallRefusal(
      'wrong-media-type',
      'Cannot read the request: "Content-Type": expected application/json',
    );
  }
  await next();
};

/** Refuses a body without a length: the host does not hand on such a body, so nothing could be read of it. */
const askLength: MiddlewareHandler<ApiEnvironment> = async (context, next) => {
  const { method, body, headers } = context.req.raw;
  if (method === 'POST' && body === null && !headers.has('content-length')) {
    throw new CallRefusal(
      'no-length',
      'Cannot read the request: "Content-Length": expected the length of the body; a body in chunks is not taken',
    );
  }
  await next();
};

function tooLarge(): never {
  throw new CallRefusal('too-large', `Cannot read the request: expected ${largestBody} bytes at most`);
}

/** Refusals by the library itself: text that is no JSON. */
function refusalOfRequest({ status }: HTTPException): CallRefusal {
  return status === 400
    ? new CallRefusal('malformed-request', 'Cannot read the request: expected JSON')
    : refusalOf(undefined);
}

/** Reports every fault with its place, and never with the value at that place. */
const refuseMalformed: Hook<unknown, ApiEnvironment, string, unknown> = (result) => {
  if (!result.success) {
    const faults = result.error.issues.slice(0, mostFaults).map(faultOf);
    const [first] = faults;
    throw new CallRefusal(
      'malformed',
      `Cannot read the ${places[result.target] ?? 'request'}: "${first?.place ?? ''}": ${first?.message ?? ''}`,
      { errors: faults },
    );
  }
};

const mostFaults = 20;
const places: Readonly<Record<string, string>> = { json: 'body', query: 'query', param: 'path' };

function faultOf({ path, message }: z.core.$ZodIssue): { place: string; message: string } {
  return { place: path.map(String).join('.'), message };
}
