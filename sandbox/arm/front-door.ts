import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Accounting } from '../accounting.ts';
import type { FaultRegistry } from '../faults.ts';
import type { ArmBody } from './arm-body.ts';
import { isBody } from './arm-body.ts';
import { ArmError, invalidRequestContent } from './arm-error.ts';
import { normalPath } from './arm-path.ts';
import type { Answer } from './call.ts';
import { planFaults } from './fault-effects.ts';
import type { FaultPlan } from './fault-effects.ts';
import { newRequestId } from './resource-manager.ts';
import type { ArmRequest, ResourceManager, Trace } from './resource-manager.ts';

export interface FrontDoorParts {
  readonly manager: ResourceManager;
  readonly faults: FaultRegistry;
  readonly accounting: Accounting;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** How long a call of a method takes. */
  readonly latencyMs: (method: string) => number;
  /** Answers what needs no token, such as the description of the cloud; undefined for all else. */
  readonly open: (url: URL) => ArmBody | undefined;
}

/** Resource Manager's transport: reads requests, meets faults, takes its time, answers and keeps account. */
export function createFrontDoor(parts: FrontDoorParts): RequestListener {
  return (incoming, outgoing) => {
    serve(incoming, outgoing, parts).catch((error: unknown) => {
      // A defect of the sandbox, which must not look like an outage.
      process.stderr.write(`Resource Manager failed: ${error instanceof Error ? (error.stack ?? '') : ''}\n`);
      outgoing.destroy();
    });
  };
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  parts: FrontDoorParts,
): Promise<void> {
  const started = performance.now();
  const time = new Date(parts.now());
  const url = urlOf(incoming);
  const method = incoming.method ?? 'GET';
  const headers = headersOf(incoming);
  const trace: Trace = {
    operation: '',
    apiVersion: url.searchParams.get('api-version') ?? '',
    caller: undefined,
    headers: {},
  };
  const correlationId = headers['x-ms-correlation-request-id'] ?? newRequestId();
  const plan = planFaults(parts.faults.meet('arm', method, `${url.pathname}${url.search}`));
  const read = await readBody(incoming);
  await parts.sleep(plan.delayMs + parts.latencyMs(method));
  const answer = plan.isDroppedBefore
    ? undefined
    : await answerFor(
        { method, url, headers, correlationId, clientIpAddress: clientOf(incoming) },
        read,
        trace,
        plan,
        parts,
      );
  const isDropped = answer === undefined || plan.isDroppedAfter;
  parts.accounting.record({
    time,
    method,
    path: url.pathname,
    apiVersion: trace.apiVersion,
    operation: trace.operation,
    caller: trace.caller?.principal.displayName ?? '',
    callerObjectId: trace.caller?.principal.objectId ?? '',
    status: isDropped ? 0 : answer.status,
    milliseconds: performance.now() - started,
    correlationId,
    clientRequestId: headers['x-ms-client-request-id'],
  });
  if (isDropped) {
    incoming.socket.destroy();
    return;
  }
  await parts.sleep(plan.hangMs);
  send(outgoing, answer, { ...trace.headers, ...identifiers(headers, correlationId) });
}

async function answerFor(
  request: Omit<ArmRequest, 'body'>,
  read: ReadBody,
  trace: Trace,
  plan: FaultPlan,
  { manager, open }: FrontDoorParts,
): Promise<Answer> {
  if (plan.answer !== undefined) {
    // Whom a fault hit has to be known to the accounting; a bad token does not matter to the fault.
    await manager.identify(request, trace).catch(() => undefined);
    return plan.answer;
  }
  const openBody = request.method === 'GET' ? open(request.url) : undefined;
  if (openBody !== undefined) {
    return { status: 200, body: openBody };
  }
  try {
    if (read.problem !== undefined) {
      throw invalidRequestContent(read.problem);
    }
    return await manager.handle({ ...request, body: read.body }, trace);
  } catch (error) {
    if (error instanceof ArmError) {
      return { status: error.status, headers: error.headers, body: error.toBody() };
    }
    throw error;
  }
}

function send(outgoing: ServerResponse, answer: Answer, headers: Record<string, string>): void {
  if (outgoing.destroyed) {
    return;
  }
  const payload = answer.body === undefined ? '' : JSON.stringify(answer.body);
  outgoing.writeHead(answer.status, {
    'cache-control': 'no-cache',
    pragma: 'no-cache',
    ...(payload === '' ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    ...headers,
    ...answer.headers,
    // A 204 carries no body and no length.
    ...(answer.status === 204 ? {} : { 'content-length': String(Buffer.byteLength(payload)) }),
  });
  outgoing.end(payload);
}

function identifiers(
  headers: Readonly<Record<string, string | undefined>>,
  correlationId: string,
): Record<string, string> {
  const requestId = newRequestId();
  const clientRequestId = headers['x-ms-client-request-id'];
  const isEchoWanted = headers['x-ms-return-client-request-id']?.toLowerCase() !== 'false';
  return {
    'x-ms-request-id': requestId,
    'x-ms-correlation-request-id': correlationId,
    'x-ms-routing-request-id': `SANDBOX:${new Date().toISOString()}:${requestId}`,
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    ...(clientRequestId !== undefined && isEchoWanted ? { 'x-ms-client-request-id': clientRequestId } : {}),
  };
}

type ReadBody = { readonly body: ArmBody; readonly problem?: undefined } | { readonly problem: string };

async function readBody(incoming: IncomingMessage): Promise<ReadBody> {
  const parts: Buffer[] = [];
  for await (const part of incoming) {
    parts.push(part as Buffer);
  }
  const payload = Buffer.concat(parts).toString();
  if (payload.trim() === '') {
    return { body: {} };
  }
  try {
    const parsed: unknown = JSON.parse(payload);
    return isBody(parsed) ? { body: parsed } : { problem: 'The body is not an object' };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'The body is not JSON' };
  }
}

function urlOf(incoming: IncomingMessage): URL {
  const scheme = (incoming.socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http';
  const target = (incoming.url ?? '/').replace(/^\/+/, '/');
  const url = new URL(target, `${scheme}://${incoming.headers.host ?? 'localhost'}`);
  url.pathname = normalPath(url.pathname);
  return url;
}

function headersOf(incoming: IncomingMessage): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
}

function clientOf(incoming: IncomingMessage): string {
  return (incoming.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}
