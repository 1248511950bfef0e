import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { planFaults } from '../arm/fault-effects.ts';
import type { FaultRegistry, FaultTarget } from '../faults.ts';
import { readBody } from './exchange.ts';

/** A request, read whole. */
export interface WholeRequest {
  readonly method: string;
  /** Path and query, on any host. */
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface WholeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Serves requests one by one, and lets them meet the faults in force for a target. */
export function faultyListener(
  faults: FaultRegistry,
  targetOf: (url: URL) => FaultTarget,
  handle: (request: WholeRequest) => WholeAnswer | Promise<WholeAnswer>,
): RequestListener {
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? '/', 'https://localhost');
    const method = incoming.method ?? 'GET';
    const plan = planFaults(faults.meet(targetOf(url), method, `${url.pathname}${url.search}`));
    const body = await readBody(incoming);
    await wait(plan.delayMs);
    const answer = plan.isDroppedBefore
      ? undefined
      : plan.answer === undefined
        ? await handle({ method, url, headers: incoming.headers, body })
        : { ...plan.answer, body: JSON.stringify(plan.answer.body) };
    if (answer === undefined || plan.isDroppedAfter) {
      incoming.socket.destroy();
      return;
    }
    await wait(plan.hangMs);
    outgoing.writeHead(answer.status, answer.headers).end(method === 'HEAD' ? undefined : answer.body);
  };
  return (incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => outgoing.destroy(error as Error));
  };
}
