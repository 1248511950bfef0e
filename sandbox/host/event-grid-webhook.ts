import type { HostApp, LoadedFunction } from './app.ts';
import type { Call } from './http-trigger.ts';
import { keyOf } from './keys.ts';

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
  const name = url.searchParams.get('functionName');
  const target = app.functions.find(
    (candidate) => candidate.name === name && candidate.trigger.type === 'eventGridTrigger',
  );
  if (target === undefined) {
    response.writeHead(404).end();
    return;
  }
  if (request.method === 'OPTIONS') {
    const origin = String(request.headers['webhook-request-origin'] ?? '');
    const allowed = knownOrigins.find((known) => known === origin.toLowerCase()) ?? 'eventgrid.azure.net';
    response.writeHead(200, { 'webhook-allowed-origin': allowed }).end();
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
      response.writeHead(202).end();
      return;
    default:
      response.writeHead(400).end();
  }
}

function isLetIn(app: HostApp, call: Call): boolean {
  const key = keyOf(call);
  if (key === app.keys.eventGrid || key === app.keys.master) {
    return true;
  }
  if (key === undefined) {
    call.response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
  } else {
    call.response.writeHead(key === app.keys.function ? 403 : 401).end();
  }
  return false;
}

function validate({ body, response }: Call): void {
  const parsed = parse(body);
  const first = (Array.isArray(parsed) ? parsed[0] : parsed) as { data?: unknown } | undefined;
  // In the CloudEvents form the data are JSON inside JSON.
  const data = typeof first?.data === 'string' ? parse(Buffer.from(first.data)) : first?.data;
  const { validationCode } = (data ?? {}) as { validationCode?: string };
  response.writeHead(200, text).end(JSON.stringify({ validationResponse: validationCode }));
}

/** One invocation for each event, in parallel; the answer waits for all. */
async function dispatch(app: HostApp, target: LoadedFunction, { body, response }: Call): Promise<void> {
  const parsed = parse(body);
  if (parsed === undefined) {
    response.writeHead(500).end();
    return;
  }
  const events = Array.isArray(parsed) ? (parsed as unknown[]) : [parsed];
  const results = await Promise.allSettled(
    events.map((event) => {
      const { data = null } = event as { data?: unknown };
      return app.invoke(target, { json: JSON.stringify(event) }, { data: { json: JSON.stringify(data) } });
    }),
  );
  if (results.some(({ status }) => status === 'rejected')) {
    response.writeHead(500, text).end(`Exception while executing function: Functions.${target.name}`);
  } else {
    response.writeHead(202).end();
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    return undefined;
  }
}
