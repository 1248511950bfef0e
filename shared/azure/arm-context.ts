import { AsyncLocalStorage } from 'node:async_hooks';
import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import { defined } from '../defined.ts';
import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { toRemediationError } from './to-remediation-error.ts';

/** What holds for every request that is made inside it. */
interface ArmContext {
  /** No request may still run then: the claim on the work row ends. */
  readonly until: Date;
  /** Sent as `x-ms-client-request-id` and as `x-ms-correlation-request-id`, by which the echo of a write is recognised. */
  readonly requestId?: string;
  /** Receives the body as Azure sent it, under Azure's own property names. */
  readonly onBody: (body: string) => void;
}

/** One call of a management client. */
export interface ArmCall<T> extends Pick<ArmContext, 'until' | 'requestId'> {
  /** Completes "Cannot ..." should it fail. */
  readonly what: string;
  readonly act: () => Promise<T>;
}

const contexts = new AsyncLocalStorage<ArmContext>();

/** Longest that one request may take, in milliseconds. */
const requestLimitInMs = 30_000;
/** A request that has less time than this is not begun. */
const leastTimeInMs = 2_000;

/**
 * Calls Azure under a deadline, and gives back the body as Azure sent it beside the SDK's reading of it.
 * @throws RemediationError
 */
export async function callArm<T>({
  until,
  requestId,
  what,
  act,
}: ArmCall<T>): Promise<{ result: T; body: string }> {
  let body = '';
  const context = {
    until,
    onBody: (text: string) => (body = text),
    ...defined({ requestId }),
  };
  try {
    return { result: await contexts.run(context, act), body };
  } catch (error) {
    throw toRemediationError(error, what, body);
  }
}

/**
 * The pipeline policy that applies the context. It stands below the SDK's own policies, so that it sees each
 * page of a list: the pager of the modular SDKs forgets all options after the first page.
 */
export function armContextPolicy(clock: Clock, telemetry: Pick<Telemetry, 'dependency'>): PipelinePolicy {
  return {
    name: 'leakstopArmContext',
    sendRequest: async (request, next) => {
      const context = contexts.getStore();
      if (context === undefined) {
        throw new RemediationError(
          'internal-error',
          `Cannot send "${request.method} ${request.url}": no deadline is set`,
        );
      }
      const left = context.until.getTime() - clock.now().getTime();
      if (left < leastTimeInMs) {
        throw new RemediationError(
          'claim-expired',
          'Cannot send the request: the claim on the work row ends',
        );
      }
      request.timeout = Math.min(left, requestLimitInMs);
      if (context.requestId !== undefined) {
        request.headers.set('x-ms-client-request-id', context.requestId);
        // Some events carry no request, and so no client request id; all of them carry the correlation id.
        request.headers.set('x-ms-correlation-request-id', context.requestId);
      }
      const path = new URL(request.url).pathname;
      const response = await telemetry.dependency(`${request.method} ${path}`, () => next(request));
      context.onBody(response.bodyAsText ?? '');
      return response;
    },
  };
}
