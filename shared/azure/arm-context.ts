import { AsyncLocalStorage } from 'node:async_hooks';
import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import { defined } from '../defined.ts';
import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { toRemediationError } from './to-remediation-error.ts';

/** The context of every request in a call. */
interface ArmContext {
  /** End of the claim on the work row: no request may still run then. */
  readonly until: Date;
  /** Sent as `x-ms-client-request-id` and as `x-ms-correlation-request-id`, which identify the echo of a write. */
  readonly requestId?: string;
  /** Receives the body as Azure sent it, under Azure's own property names. */
  readonly onBody: (body: string) => void;
}

/** One call of a management client. */
export interface ArmCall<T> extends Pick<ArmContext, 'until' | 'requestId'> {
  /** Completes "Cannot ..." for the error message. */
  readonly what: string;
  readonly act: () => Promise<T>;
}

const contexts = new AsyncLocalStorage<ArmContext>();

/** Longest time for one request. */
const requestLimitInMs = 30_000;
/** A request with less time left than this is not begun. */
const leastTimeInMs = 2_000;

/**
 * Calls Azure under a deadline. Returns the SDK's result, and the body as Azure sent it.
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
 * The pipeline policy that applies the context. It sits below the SDK's own policies, so that it sees each page of a
 * list: the pager of the modular SDKs forgets all options after the first page.
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
