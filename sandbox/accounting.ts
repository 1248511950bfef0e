/** One call that Resource Manager answered, or dropped. */
export interface ArmCall {
  readonly time: Date;
  readonly method: string;
  /** Path without the query, in the spelling of the request. */
  readonly path: string;
  readonly apiVersion: string;
  /** Such as `Microsoft.Storage/storageAccounts/read`; empty where the path names nothing. */
  readonly operation: string;
  /** Display name and object id of the caller; both empty before the token was read. */
  readonly caller: string;
  readonly callerObjectId: string;
  /** HTTP status; 0 where the connection was dropped instead of an answer. */
  readonly status: number;
  readonly milliseconds: number;
  readonly correlationId: string;
  readonly clientRequestId: string | undefined;
}

/** Which calls are meant: all conditions given must hold. Texts are compared without regard to case. */
export interface CallFilter {
  /** Display name or object id. */
  readonly caller?: string;
  readonly operation?: string;
  readonly method?: string;
  readonly status?: number;
  /** A part of the path. */
  readonly path?: string;
}

export interface CallTotals {
  readonly reads: number;
  readonly writes: number;
  readonly deletes: number;
  /** POST actions, which Azure counts as writes. */
  readonly actions: number;
}

/** The log of all calls to Resource Manager since the start or the last reset. */
export class Accounting {
  #calls: ArmCall[] = [];

  record(call: ArmCall): void {
    this.#calls.push(call);
  }

  reset(): void {
    this.#calls = [];
  }

  calls(filter: CallFilter = {}): readonly ArmCall[] {
    return this.#calls.filter((call) => matches(call, filter));
  }

  /** Number of calls per operation. */
  counts(filter: CallFilter = {}): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { operation } of this.calls(filter)) {
      counts[operation] = (counts[operation] ?? 0) + 1;
    }
    return counts;
  }

  /** Number of calls per operation, for each caller by display name. */
  countsByCaller(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    const callers = new Set(this.#calls.map(({ caller }) => caller));
    return Object.fromEntries([...callers].map((caller) => [caller, this.counts({ caller })]));
  }

  totals(filter: CallFilter = {}): CallTotals {
    const calls = this.calls(filter);
    const count = (...methods: string[]) => calls.filter(({ method }) => methods.includes(method)).length;
    return {
      reads: count('GET', 'HEAD'),
      writes: count('PUT', 'PATCH'),
      deletes: count('DELETE'),
      actions: count('POST'),
    };
  }
}

function matches(call: ArmCall, filter: CallFilter): boolean {
  return (
    (filter.caller === undefined ||
      same(call.caller, filter.caller) ||
      same(call.callerObjectId, filter.caller)) &&
    (filter.operation === undefined || same(call.operation, filter.operation)) &&
    (filter.method === undefined || same(call.method, filter.method)) &&
    (filter.status === undefined || call.status === filter.status) &&
    (filter.path === undefined || call.path.toLowerCase().includes(filter.path.toLowerCase()))
  );
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
