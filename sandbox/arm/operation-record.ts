import type { Operation } from '../operation.ts';
import { toEventClaims } from './authenticate.ts';
import type { Call } from './call.ts';
import type { Effect } from './writes.ts';

/** Tells a finished write in the words of the rest of the sandbox; no effect means that the provider refused it. */
export function toOperation(call: Call, effect: Effect | undefined, time: Date): Operation {
  return {
    time,
    kind: kindOf(call.method),
    outcome: effect === undefined ? 'Failure' : 'Success',
    resourceId: call.path.resourceId,
    operationName: call.operation,
    method: call.method,
    url: call.url.href,
    existed: effect?.existed ?? false,
    claims: toEventClaims(call.caller),
    evidence: call.evidence,
    correlationId: call.correlationId,
    clientRequestId: call.headers['x-ms-client-request-id'],
    clientIpAddress: call.clientIpAddress,
    apiVersion: call.apiVersion,
    resource: effect?.resource,
  };
}

/** Whether a method changes something, so that an event may come of it. */
export function isWrite(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

function kindOf(method: string): Operation['kind'] {
  if (method === 'POST') {
    return 'action';
  }
  return method === 'DELETE' ? 'delete' : 'write';
}
