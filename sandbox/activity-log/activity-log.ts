import { randomUUID } from 'node:crypto';
import { subscriptionNotFound } from '../arm/arm-error.ts';
import { requireRight } from '../arm/authorize.ts';
import type { Answer } from '../arm/call.ts';
import { originOf } from '../arm/call.ts';
import { invalidOption, queryOption } from '../arm/query-options.ts';
import type { ResourceStore } from '../arm/resource-store.ts';
import type { RoleBook } from '../arm/roles.ts';
import type { Service, ServiceCall } from '../arm/service.ts';
import type { Operation } from '../operation.ts';
import { groupOf, toActivityBody } from './activity-event.ts';
import type { ActivityEvent } from './activity-event.ts';
import { readFilter } from './filter.ts';
import type { ActivityFilter } from './filter.ts';

export interface ActivityLogParts {
  readonly store: ResourceStore;
  readonly roles: RoleBook;
  readonly tenantId: string;
  /** No page is larger than this; undefined for Azure's own size. */
  readonly pageSize: () => number | undefined;
}

const pageMost = 200;
/** So many rows are kept, the newest; Azure keeps 90 days. */
const rowsKept = 40_000;

/** The Activity Log: who wrote, deleted or acted, told from the same operations as the events. */
export class ActivityLog implements Service {
  readonly operation = 'Microsoft.Insights/eventtypes/values/read';
  readonly method = 'GET';
  readonly path = /^\/subscriptions\/[^/]+\/providers\/Microsoft\.Insights\/eventtypes\/management\/values$/i;
  readonly apiVersions = ['2014-04-01', '2015-04-01', '2017-03-01-preview'];
  readonly options = ['$filter', '$select', '$skiptoken'];
  readonly isCounted = true;
  /** How long an operation takes to show, in milliseconds. Holds for operations from now on. */
  delayMs = 0;
  readonly #parts: ActivityLogParts;
  /** By number, oldest first. */
  #events = new Map<number, ActivityEvent>();
  #nextNumber = 1;

  constructor(parts: ActivityLogParts) {
    this.#parts = parts;
  }

  /** Keeps an operation as two rows: that it began, and how it ended. */
  record(operation: Operation): void {
    const visibleAt = operation.time.getTime() + this.delayMs;
    for (const phase of ['begin', 'end'] as const) {
      const event = {
        phase,
        eventDataId: randomUUID(),
        visibleAt,
        operation: { ...operation, resource: undefined },
      };
      this.#events.set(this.#nextNumber, event);
      this.#events.delete(this.#nextNumber - rowsKept);
      this.#nextNumber += 1;
    }
  }

  answer(call: ServiceCall): Answer {
    const subscriptionId = call.path.split('/')[2] ?? '';
    this.#authorize(call, subscriptionId);
    const filter = readFilter(queryOption(call.url, '$filter') ?? '');
    const size = Math.min(pageMost, this.#parts.pageSize() ?? pageMost);
    const before = readToken(call.url) ?? Number.POSITIVE_INFINITY;
    const found = [...this.#events]
      .filter(([number, event]) => number < before && matches(event, filter, subscriptionId, call.now))
      .reverse();
    const page = found.slice(0, size);
    const select = queryOption(call.url, '$select');
    const value = page.map(([, event]) =>
      selected(toActivityBody(event, subscriptionId, this.#parts.tenantId), select),
    );
    const last = page.at(-1)?.[0];
    const next = last !== undefined && found.length > size ? { nextLink: nextLink(call.url, last) } : {};
    return { status: 200, body: { value, ...next } };
  }

  #authorize({ caller: { principal } }: ServiceCall, subscriptionId: string): void {
    const { roles, store } = this.#parts;
    const scope = `/subscriptions/${subscriptionId}`;
    requireRight(roles, principal, this.operation, scope);
    if (!store.has(scope)) {
      throw subscriptionNotFound(subscriptionId);
    }
  }
}

function matches(
  { operation, visibleAt }: ActivityEvent,
  filter: ActivityFilter,
  subscriptionId: string,
  now: number,
): boolean {
  const resourceId = operation.resourceId.toLowerCase();
  const time = operation.time.getTime();
  const wanted = [
    [filter.resourceUri, resourceId],
    [filter.resourceGroupName, groupOf(resourceId)],
    [filter.resourceProvider, operation.operationName.split('/')[0]?.toLowerCase()],
    [filter.correlationId, operation.correlationId.toLowerCase()],
  ];
  return (
    visibleAt <= now &&
    time >= filter.from &&
    time <= filter.to &&
    `${resourceId}/`.startsWith(`/subscriptions/${subscriptionId.toLowerCase()}/`) &&
    wanted.every(([asked, value]) => asked === undefined || asked === value)
  );
}

function selected(body: Readonly<Record<string, unknown>>, select: string | undefined) {
  if (select === undefined) {
    return body;
  }
  const names = select.split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(Object.entries(body).filter(([name]) => names.includes(name.toLowerCase())));
}

/** Rows from there on are older: what is written meanwhile moves no page. */
function nextLink(url: URL, last: number): string {
  const next = new URL(`${originOf(url)}${url.pathname}${url.search}`);
  const before = [...next.searchParams.keys()].filter((name) => name.toLowerCase() === '$skiptoken');
  before.forEach((name) => next.searchParams.delete(name));
  next.searchParams.set('$skiptoken', Buffer.from(String(last)).toString('base64url'));
  return next.href;
}

function readToken(url: URL): number | undefined {
  const token = queryOption(url, '$skiptoken');
  if (token === undefined) {
    return undefined;
  }
  const number = Buffer.from(token, 'base64url').toString();
  if (!/^\d+$/.test(number)) {
    throw invalidOption('$skiptoken', token);
  }
  return Number(number);
}
