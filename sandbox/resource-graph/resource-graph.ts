import { z } from 'zod';
import { ArmError } from '../arm/arm-error.ts';
import type { Answer } from '../arm/call.ts';
import type { ResourceStore } from '../arm/resource-store.ts';
import type { RoleBook } from '../arm/roles.ts';
import type { Service, ServiceCall } from '../arm/service.ts';
import type { Throttle } from '../arm/throttle.ts';
import { GraphIndex, graphColumns } from './graph-index.ts';
import type { GraphTable } from './graph-index.ts';
import { pageMost, pageOf } from './page.ts';
import { QueryError, placeOf } from './query-error.ts';
import { runQuery } from './run-query.ts';
import type { Table } from './table.ts';

export interface ResourceGraphParts {
  readonly store: ResourceStore;
  readonly roles: RoleBook;
  readonly throttle: Throttle;
  readonly tenantId: string;
  readonly now: () => number;
}

const requestSchema = z.strictObject({
  query: z.string().min(1),
  subscriptions: z.array(z.string()).optional(),
  options: z
    .strictObject({
      $top: z.int().min(1).max(pageMost).optional(),
      $skip: z.int().min(0).optional(),
      $skipToken: z.string().optional(),
      resultFormat: z.enum(['table', 'objectArray']).optional(),
      allowPartialScopes: z.boolean().optional(),
      authorizationScopeFilter: z.literal('AtScopeAndBelow').optional(),
    })
    .optional(),
});

const tables: readonly GraphTable[] = ['resources', 'resourcecontainers', 'policyresources'];
// The newest of those that gave a table where no format was asked for.
const lastWithTables = '2020-04-01-preview';

/** Azure Resource Graph: queries over what the caller may read, in a subset of Kusto. */
export class ResourceGraph implements Service {
  readonly operation = 'Microsoft.ResourceGraph/resources/read';
  readonly method = 'POST';
  readonly path = /^\/providers\/Microsoft\.ResourceGraph\/resources$/i;
  readonly apiVersions = [
    '2018-09-01-preview',
    '2019-04-01',
    lastWithTables,
    '2021-03-01',
    '2022-10-01',
    '2024-04-01',
  ];
  readonly options: readonly string[] = [];
  readonly isCounted = false;
  readonly #parts: ResourceGraphParts;
  readonly #index: GraphIndex;

  constructor(parts: ResourceGraphParts) {
    this.#parts = parts;
    this.#index = new GraphIndex(parts.store, parts.tenantId, parts.now);
  }

  /** How long a write takes to show in queries, in milliseconds. Holds for writes from now on. */
  get delayMs(): number {
    return this.#index.delayMs;
  }

  set delayMs(milliseconds: number) {
    this.#index.delayMs = milliseconds;
  }

  answer(call: ServiceCall): Answer {
    const headers = this.#countCall(call);
    const parsed = requestSchema.safeParse(call.body);
    if (!parsed.success) {
      throw badRequest(call, [{ code: 'InvalidRequest', message: z.prettifyError(parsed.error) }]);
    }
    const { query, subscriptions, options = {} } = parsed.data;
    const readable = this.#readable(call, subscriptions);
    const format = options.resultFormat ?? (call.apiVersion <= lastWithTables ? 'table' : 'objectArray');
    try {
      const tableOf = (name: string) => this.#tableOf(name, call.caller.principal.objectId, readable);
      const result = runQuery(query, tableOf, call.now);
      const context = JSON.stringify([query, subscriptions]);
      const { $top: top, $skip: skip, $skipToken: skipToken } = options;
      return { status: 200, headers, body: pageOf(result, { top, skip, skipToken, format, context }) };
    } catch (error) {
      throw error instanceof QueryError ? toAzureError(error, query, call) : error;
    }
  }

  /** Counts against the principal's quota and says what is left of it. Throws 429 beyond. */
  #countCall({ caller, now, correlationId }: ServiceCall): Readonly<Record<string, string>> {
    const quota = this.#parts.throttle.takeQuota('microsoft.resourcegraph', caller.principal.objectId);
    const seconds = Math.max(1, Math.ceil(quota.resetsAfterMs / 1_000));
    const headers = {
      'x-ms-user-quota-remaining': String(quota.left),
      'x-ms-user-quota-resets-after': new Date(seconds * 1_000).toISOString().slice(11, 19),
    };
    if (quota.isExceeded) {
      throw new ArmError(
        429,
        'RateLimiting',
        supportText(now, correlationId),
        { ...headers, 'retry-after': String(seconds) },
        [
          {
            code: 'RateLimiting',
            message:
              'Client application has been throttled and should not attempt to repeat the request until an amount of time has elapsed. Please see https://aka.ms/resourcegraph-throttling for help.',
          },
        ],
      );
    }
    return headers;
  }

  /** The subscriptions of a request, or all, less those on which the caller has no right. Throws where none is left. */
  #readable(call: ServiceCall, asked: readonly string[] | undefined): ReadonlySet<string> {
    const { store, roles } = this.#parts;
    const isAll = asked === undefined || asked.length === 0;
    const known = store
      .list('Microsoft.Resources/subscriptions')
      .map(({ id }) => id.slice('/subscriptions/'.length).toLowerCase());
    const wanted = isAll ? known : asked.map((id) => id.toLowerCase()).filter((id) => known.includes(id));
    const readable = wanted.filter((id) =>
      roles.hasAnyRole(call.caller.principal.objectId, `/subscriptions/${id}`),
    );
    if (readable.length > 0) {
      return new Set(readable);
    }
    if (isAll) {
      throw badRequest(call, [
        {
          code: 'NoValidSubscriptionsInQueryRequest',
          message:
            "There must be at least one subscription that is eligible to contain resources. Given: ''.",
        },
      ]);
    }
    throw new ArmError(403, 'AccessDenied', supportText(call.now, call.correlationId), {}, [
      {
        code: 'AccessDenied',
        message: 'Access is denied to the requested resource. The user might not have enough permission.',
      },
    ]);
  }

  #tableOf(name: string, principal: string, readable: ReadonlySet<string>): Table | undefined {
    const table = tables.find((known) => known === name);
    if (table === undefined) {
      return undefined;
    }
    const rights = new Map<string, (id: string) => boolean>();
    const mayRead = (action: string, id: string) => {
      const allows = rights.get(action) ?? this.#parts.roles.allowing(principal, action);
      rights.set(action, allows);
      return allows(id);
    };
    const rows = this.#index
      .entries(table)
      .filter(({ subscriptionId, action, id }) => readable.has(subscriptionId) && mayRead(action, id))
      .map(({ row }) => row);
    return { columns: graphColumns, rows };
  }
}

type Detail = Readonly<Record<string, unknown>>;

/** A wrong query: Azure's own words first, then what is wrong and where. */
function toAzureError(error: QueryError, query: string, call: ServiceCall): ArmError {
  const { line, character } = placeOf(query, error.position);
  return badRequest(call, [
    {
      code: 'InvalidQuery',
      message:
        'Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before retrying.',
    },
    {
      code: error.code,
      message: error.message,
      line,
      characterPositionInLine: character,
      token: error.token,
    },
  ]);
}

function badRequest({ now, correlationId }: ServiceCall, details: readonly Detail[]): ArmError {
  return new ArmError(400, 'BadRequest', supportText(now, correlationId), {}, details);
}

function supportText(now: number, correlationId: string): string {
  return `Please provide below info when asking for support: timestamp = ${new Date(now).toISOString().replace('Z', '0000Z')}, correlationId = ${correlationId}.`;
}
