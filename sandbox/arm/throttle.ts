import { ArmError } from './arm-error.ts';

export type OperationType = 'reads' | 'writes' | 'deletes';

/** A bucket of tokens that refills: one token is one call. */
interface BucketLimit {
  readonly capacity: number;
  readonly refillPerSecond: number;
}

/** So many calls within so many seconds. */
export interface WindowLimit {
  readonly calls: number;
  readonly seconds: number;
}

export interface ThrottleLimits {
  readonly isEnabled: boolean;
  /** Of Resource Manager: per subscription, principal and type of operation. */
  readonly buckets: Readonly<Record<OperationType, BucketLimit>>;
  /** Of a resource provider, by namespace: per subscription and region of the resource. */
  readonly providers: Readonly<Record<string, ProviderLimits>>;
  /** Of services with a quota for each principal, by namespace. */
  readonly quotas?: Readonly<Record<string, WindowLimit>>;
}

/** What is left of a quota. */
export interface Quota {
  readonly left: number;
  readonly resetsAfterMs: number;
  /** The call is one too many. */
  readonly isExceeded: boolean;
}

export interface ProviderLimits {
  readonly read: readonly WindowLimit[];
  readonly list: readonly WindowLimit[];
  readonly write: readonly WindowLimit[];
}

/** The limits that Azure publishes. */
export const azureLimits: ThrottleLimits = {
  isEnabled: true,
  buckets: {
    reads: { capacity: 250, refillPerSecond: 25 },
    writes: { capacity: 200, refillPerSecond: 10 },
    deletes: { capacity: 200, refillPerSecond: 10 },
  },
  providers: {
    'microsoft.storage': {
      read: [{ calls: 800, seconds: 300 }],
      list: [{ calls: 100, seconds: 300 }],
      write: [
        { calls: 10, seconds: 1 },
        { calls: 1_200, seconds: 3_600 },
      ],
    },
  },
  quotas: { 'microsoft.resourcegraph': { calls: 15, seconds: 5 } },
};

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Counts calls against the limits and refuses those beyond them, as Azure does. */
export class Throttle {
  limits: ThrottleLimits;
  #buckets = new Map<string, Bucket>();
  #windows = new Map<string, { start: number; count: number }>();
  readonly #now: () => number;

  constructor(limits: ThrottleLimits, now: () => number) {
    this.limits = limits;
    this.#now = now;
  }

  /** Forgets all calls so far. */
  reset(): void {
    this.#buckets.clear();
    this.#windows.clear();
  }

  /** Counts a call against Resource Manager's bucket and returns what is left; throws 429 when it is empty. */
  takeToken(type: OperationType, subscriptionId: string, principal: string): number {
    const { capacity, refillPerSecond } = this.limits.buckets[type];
    const bucket = this.#bucket(
      `${type}|${subscriptionId}|${principal}`.toLowerCase(),
      capacity,
      refillPerSecond,
    );
    if (!this.limits.isEnabled) {
      return Math.floor(bucket.tokens);
    }
    if (bucket.tokens < 1) {
      const wait = Math.max(1, Math.ceil((1 - bucket.tokens) / refillPerSecond));
      throw tooMany(
        'SubscriptionRequestsThrottled',
        `Number of '${type}' requests for subscription '${subscriptionId}' actor '${principal}' exceeded. Please try again after '${wait}' seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional information.`,
        wait,
      );
    }
    bucket.tokens -= 1;
    return Math.floor(bucket.tokens);
  }

  /** Counts a call against its provider's limits; throws 429 beyond them. A call that is refused counts nowhere. */
  takeProvider(namespace: string, kind: keyof ProviderLimits, subscriptionId: string, region: string): void {
    const limits = this.limits.providers[namespace.toLowerCase()]?.[kind];
    if (!this.limits.isEnabled || limits === undefined) {
      return;
    }
    const windows = limits.map((limit) => ({
      limit,
      window: this.#window(
        `${namespace}|${kind}|${subscriptionId}|${region}|${limit.seconds}`.toLowerCase(),
        limit,
      ),
    }));
    for (const { limit, window } of windows) {
      if (window.count >= limit.calls) {
        const wait = Math.max(1, Math.ceil((window.start + limit.seconds * 1000 - this.#now()) / 1000));
        throw tooMany(
          'TooManyRequests',
          `The request is being throttled as the limit has been reached for operation type - ${windowName(kind, limit)}. For more information, see - https://aka.ms/srpthrottlinglimits`,
          wait,
        );
      }
    }
    for (const { window } of windows) {
      window.count += 1;
    }
  }

  /** Counts a call against the quota that a principal has with a service. */
  takeQuota(namespace: string, principal: string): Quota {
    const limit = (this.limits.quotas ?? azureLimits.quotas)?.[namespace];
    if (limit === undefined) {
      return { left: 0, resetsAfterMs: 0, isExceeded: false };
    }
    const window = this.#window(`quota|${namespace}|${principal}`.toLowerCase(), limit);
    const isExceeded = this.limits.isEnabled && window.count >= limit.calls;
    window.count += isExceeded ? 0 : 1;
    return {
      left: Math.max(0, limit.calls - window.count),
      resetsAfterMs: window.start + limit.seconds * 1_000 - this.#now(),
      isExceeded,
    };
  }

  #bucket(key: string, capacity: number, refillPerSecond: number): Bucket {
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? { tokens: capacity, filledAt: now };
    const refill = (Math.max(0, now - bucket.filledAt) / 1000) * refillPerSecond;
    bucket.tokens = Math.min(capacity, bucket.tokens + refill);
    bucket.filledAt = now;
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #window(key: string, limit: WindowLimit): { start: number; count: number } {
    const now = this.#now();
    let window = this.#windows.get(key);
    if (window === undefined || now - window.start >= limit.seconds * 1000) {
      window = { start: now, count: 0 };
      this.#windows.set(key, window);
    }
    return window;
  }
}

function tooMany(code: string, message: string, wait: number): ArmError {
  return new ArmError(429, code, message, { 'retry-after': String(wait) });
}

/** Such as `Write_ObservationWindow_00:05:00`. */
function windowName(kind: string, limit: WindowLimit): string {
  const time = new Date(limit.seconds * 1000).toISOString().slice(11, 19);
  return `${kind.charAt(0).toUpperCase()}${kind.slice(1)}_ObservationWindow_${time}`;
}
