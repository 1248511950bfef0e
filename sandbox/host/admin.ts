import type { HostApp, LoadedFunction } from './app.ts';
import type { TypedData } from './contract.ts';
import { endEmpty } from './end-empty.ts';
import type { Call } from './http-trigger.ts';
import { isMaster } from './keys.ts';
import { isMonitored, parseSchedule, statusAfter, timerInfo } from './schedule.ts';

/** Answers a call to the host's own API; the master key opens all of it, ping is open to anybody. */
export function answerAdmin(app: HostApp, call: Call): void {
  const { request, response, url } = call;
  const path = url.pathname.toLowerCase().replace(/\/$/, '');
  if (path === '/admin/host/ping') {
    endEmpty(response, 200);
    return;
  }
  if (!isMaster(app, call)) {
    endEmpty(response, 401, { 'www-authenticate': 'Bearer' });
    return;
  }
  const [, name, rest] = /^\/admin\/functions\/([^/]+)(\/status)?$/.exec(path) ?? [];
  if (name !== undefined) {
    answerFunction(app, call, name, rest !== undefined);
    return;
  }
  const answers: Readonly<Record<string, unknown>> = {
    '/admin/host/status': { id: 'sandbox', state: 'Running', version: '4.1037.0.0', processUptime: uptime() },
    '/admin/functions': app.functions.map(describe),
    '/admin/host/keys': { keys: [{ name: 'default', value: app.keys.function }] },
    '/admin/host/systemkeys': { keys: [{ name: 'eventgrid_extension', value: app.keys.eventGrid }] },
  };
  const answer = request.method === 'GET' ? answers[path] : undefined;
  write(call, answer === undefined ? 404 : 200, answer);
}

function answerFunction(app: HostApp, call: Call, name: string, isStatus: boolean): void {
  const target = app.functions.find((candidate) => candidate.name.toLowerCase() === name);
  if (target === undefined) {
    endEmpty(call.response, 404);
  } else if (call.request.method === 'GET') {
    write(call, 200, isStatus ? {} : describe(target));
  } else if (call.request.method === 'POST' && !isStatus) {
    run(app, call, target);
  } else {
    endEmpty(call.response, 404);
  }
}

/** Accepted at once, whatever becomes of it. */
function run(app: HostApp, { body, response }: Call, target: LoadedFunction): void {
  let input = '';
  try {
    const parsed = JSON.parse(body.toString()) as { input?: unknown };
    input = typeof parsed.input === 'string' ? parsed.input : JSON.stringify(parsed.input ?? '');
  } catch {
    endEmpty(response, 400);
    return;
  }
  const [data, metadata] = toInput(target, input);
  app.invoke(target, data, metadata).catch(() => undefined);
  endEmpty(response, 202);
}

function toInput(target: LoadedFunction, input: string): [TypedData, Record<string, TypedData>] {
  switch (target.trigger.type ?? '') {
    case 'timerTrigger': {
      const schedule = parseSchedule(target.trigger.schedule ?? '');
      return [timerInfo(isMonitored(schedule) ? statusAfter(schedule, undefined) : undefined, false), {}];
    }
    case 'httpTrigger':
      return [{ http: { method: 'POST', url: 'http://localhost/', body: { string: input } } }, {}];
    case 'queueTrigger':
      return [{ string: input }, { DequeueCount: { json: '0' }, QueueTrigger: { string: input } }];
    default:
      return [{ string: input }, {}];
  }
}

function describe({ name, trigger }: LoadedFunction): object {
  return { name, language: 'node', isDisabled: false, config: { bindings: [trigger] } };
}

function uptime(): number {
  return Math.round(process.uptime() * 1000);
}

function write({ response }: Call, status: number, answer: unknown): void {
  if (answer === undefined) {
    endEmpty(response, status);
    return;
  }
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
    .end(JSON.stringify(answer));
}
