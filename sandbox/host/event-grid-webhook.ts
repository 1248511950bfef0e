import type { HostApp, LoadedFunction } from './app.ts';
import { endEmpty } from './end-empty.ts';
import type { Call } from './http-trigger.ts';
import { isMaster, keyNameOf, keyOf } from './keys.ts';

const knownOrigins = [
  'eventgrid.azure.net',
  'eventgrid.azure.us',
  'eventgrid.azure.eaglex.ic.gov',
  'eventgrid.azure.microsoft.scloud',
  'eventgrid.azure.cn',
];
const text = { 'content-type': 'text/plain; charset=utf-8' };

/** Answers a call to the webhook of the Event Grid extension. */
export async function answerEventGrid(app: HostApp, call: Call): Promise<void> {
  const { request, response, url } = call;
  if (!isLetIn(app, call)) {
    return;
  }
  const name = url.searchParams.get('functionName') ?? '';
  const target = app.functions.find(
    (candidate) => candidate.name === name && candidate.trigger.type === 'eventGridTrigger',
  );
  if (target === undefined) {
    response.writeHead(404, text).end(`cannot find function: '${name}'`);
    return;
  }
  if (request.method === 'OPTIONS') {
    const origin = String(request.headers['webhook-request-origin'] ?? '');
    const allowed = knownOrigins.find((known) => known === origin.toLowerCase()) ?? 'eventgrid.azure.net';
    endEmpty(response, 200, { 'webhook-allowed-origin': allowed });
    return;
  }
  switch (String(request.headers['aeg-event-type'] ?? '').toLowerCase()) {
    case 'subscriptionvalidation':
      validate(call);
      return;
    case 'notification':
      await dispatch(app, target, call);
      return;
    case 'unsubscribe':
      endEmpty(response, 202);
      return;
    default:
      endEmpty(response, 400);
  }
}

/** Whether a call carries a key for webhooks; answers it where it does not. */
export function isLetIn(app: HostApp, call: Call): boolean {
  const name = keyNameOf(app, call);
  if (name === 'eventGrid' || isMaster(app, call)) {
    return true;
  }
  if (keyOf(call) === undefined) {
    endEmpty(call.response, 401, { 'www-authenticate': 'Bearer' });
  } else {
    endEmpty(call.response, name === 'function' ? 403 : 401);
  }
  return false;
}

function validate({ body, response }: Call): void {
  const parsed = parse(body);
  const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  const given = isObject(first) ? first.data : undefined;
  // In the CloudEvents form the data are JSON inside JSON.
  const data = typeof given === 'string' ? parse(Buffer.from(given)) : given;
  const { validationCode } = (data ?? {}) as { validationCode?: string };
  response.writeHead(200, text).end(JSON.stringify({ validationResponse: validationCode }));
}

/** One invocation for each event, in parallel; the answer waits for all. */
async function dispatch(app: HostApp, target: LoadedFunction, { body, response }: Call): Promise<void> {
  const parsed = parse(body);
  const events = Array.isArray(parsed) ? (parsed as unknown[]) : [parsed];
  if (!events.every(isObject)) {
    endEmpty(response, 500);
    return;
  }
  const results = await Promise.allSettled(
    events.map((event) => {
      const { data = null } = event;
      return app.invoke(target, { json: JSON.stringify(event) }, { data: { json: JSON.stringify(data) } });
    }),
  );
  if (results.some(({ status }) => status === 'rejected')) {
    response.writeHead(500, text).end(`Exception while executing function: Functions.${target.name}`);
  } else {
    endEmpty(response, 202);
  }
}

function isObject(value: unknown): value is { readonly data?: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The extension's own parser goes no deeper: what lies below is not JSON to it. */
const deepest = 64;

function parse(body: Buffer): unknown {
  const json = body.toString();
  try {
    return isTooDeep(json) ? undefined : (JSON.parse(json) as unknown);
  } catch {
    return undefined;
  }
}

function isTooDeep(json: string): boolean {
  let depth = 0;
  for (const [bracket] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (bracket === '[' || bracket === '{') {
      depth += 1;
    } else if (bracket === ']' || bracket === '}') {
      depth -= 1;
    }
    if (depth > deepest) {
      return true;
    }
  }
  return false;
}
