import type { Operation } from '../operation.ts';

/** One row of the Activity Log: a write began, or it ended. */
export interface ActivityEvent {
  readonly phase: 'begin' | 'end';
  /** Id of the event itself. */
  readonly eventDataId: string;
  readonly operation: Operation;
  /** When it can be read, in milliseconds since 1970. */
  readonly visibleAt: number;
}

type Body = Readonly<Record<string, unknown>>;

const states = { Success: 'Succeeded', Failure: 'Failed', Cancel: 'Canceled' } as const;
const upnClaim = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn';
const objectIdClaim = 'http://schemas.microsoft.com/identity/claims/objectidentifier';

/** The row as Azure gives it. */
export function toActivityBody(event: ActivityEvent, subscriptionId: string, tenantId: string): Body {
  const { operation, eventDataId, phase } = event;
  const { resourceId, operationName, correlationId, claims } = operation;
  const status = phase === 'begin' ? 'Started' : states[operation.outcome];
  const time = operation.time.getTime();
  return {
    authorization: {
      action: operationName,
      scope: resourceId,
      ...(operation.evidence.role === undefined ? {} : { role: operation.evidence.role }),
    },
    caller: claims[upnClaim] ?? claims[objectIdClaim] ?? '',
    channels: 'Operation',
    claims,
    correlationId,
    description: '',
    eventDataId,
    eventName: named(phase === 'begin' ? 'BeginRequest' : 'EndRequest'),
    category: named('Administrative'),
    httpRequest: {
      clientRequestId: operation.clientRequestId ?? correlationId,
      clientIpAddress: operation.clientIpAddress,
      method: operation.method,
    },
    id: `${resourceId}/events/${eventDataId}/ticks/${ticksOf(time)}`,
    level: status === 'Failed' ? 'Error' : 'Informational',
    resourceGroupName: groupOf(resourceId),
    resourceProviderName: named(operationName.split('/')[0] ?? ''),
    resourceId,
    resourceType: named(
      operationName
        .split('/')
        .slice(0, operation.kind === 'action' ? -2 : -1)
        .join('/'),
    ),
    operationId: correlationId,
    operationName: named(operationName),
    properties: { eventCategory: 'Administrative', entity: resourceId, message: operationName },
    status: named(status),
    subStatus: named(''),
    eventTimestamp: azureTime(time),
    submissionTimestamp: azureTime(event.visibleAt),
    subscriptionId,
    tenantId,
  };
}

/** Name of the group that an id lies in; empty where it lies in none. */
export function groupOf(resourceId: string): string {
  return /\/resourcegroups\/([^/]+)/i.exec(resourceId)?.[1] ?? '';
}

function named(value: string): Body {
  return { value, localizedValue: value };
}

function azureTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '0000Z');
}

/** Hundreds of nanoseconds since the year 1. */
function ticksOf(milliseconds: number): string {
  return String(BigInt(milliseconds) * 10_000n + 621_355_968_000_000_000n);
}
