import { randomUUID } from 'node:crypto';
import type { Operation } from '../operation.ts';
import { azureTime } from './event.ts';
import type { GridEvent } from './event.ts';

const kinds = { write: 'Write', delete: 'Delete', action: 'Action' } as const;
const states = { Success: 'Succeeded', Failure: 'Failed', Cancel: 'Canceled' } as const;

/** The event of a subscription's system topic that tells of an operation. It carries no body of the resource. */
export function toResourceEvent(
  operation: Operation,
  { tenantId, isSparse = false }: { readonly tenantId: string; readonly isSparse?: boolean },
): GridEvent {
  const { kind, operationName, outcome } = operation;
  const subscriptionId = subscriptionOf(operation.resourceId);
  const resourceUri = inEventCase(operation);
  return {
    id: randomUUID(),
    topic: `/subscriptions/${subscriptionId}`,
    subject: resourceUri,
    eventType: `Microsoft.Resources.Resource${kinds[kind]}${outcome}`,
    eventTime: azureTime(operation.time),
    data: {
      authorization: { scope: resourceUri, action: operationName, evidence: operation.evidence },
      claims: operation.claims,
      correlationId: operation.correlationId,
      ...(isSparse || (kind === 'write' && !operation.existed)
        ? {}
        : { httpRequest: httpRequest(operation) }),
      resourceProvider: operationName.split('/')[0],
      resourceUri,
      operationName,
      status: states[outcome],
      subscriptionId,
      tenantId,
    },
    dataVersion: '2',
    metadataVersion: '1',
  };
}

/** The subscription that an id lies in. */
export function subscriptionOf(resourceId: string): string {
  return /^\/subscriptions\/([^/]+)/i.exec(resourceId)?.[1] ?? '';
}

/** The published example of a write says `resourcegroups`, those of a delete and an action `resourceGroups`. */
function inEventCase({ kind, resourceId }: Operation): string {
  return resourceId.replace(
    /\/resourcegroups\//i,
    kind === 'write' ? '/resourcegroups/' : '/resourceGroups/',
  );
}

function httpRequest({ clientRequestId, clientIpAddress, method, url }: Operation): object {
  return { clientRequestId: clientRequestId ?? randomUUID(), clientIpAddress, method, url };
}
