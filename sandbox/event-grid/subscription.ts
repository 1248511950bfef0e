import type { DeadLetterDestination } from './dead-letter.ts';
import type { EventSchema } from './event.ts';
import { assertFilter } from './filter.ts';
import type { EventFilter } from './filter.ts';

/** Where events of a topic go, and how. */
export interface EventSubscription extends EventFilter {
  readonly name: string;
  readonly endpointUrl: string;
  /** `EventGridSchema` when absent. */
  readonly schema?: EventSchema;
  /** Only events of these Azure subscriptions; of all when absent. */
  readonly subscriptionIds?: readonly string[];
  /** 1 when absent: each event goes alone. */
  readonly maxEventsPerBatch?: number;
  readonly retryPolicy?: { readonly maxAttempts?: number; readonly ttlMinutes?: number };
  /** What cannot be delivered is dropped when absent. */
  readonly deadLetter?: DeadLetterDestination;
}

/** A subscription with its defaults filled in. */
export type CompleteSubscription = EventSubscription & {
  readonly schema: EventSchema;
  readonly maxEventsPerBatch: number;
  readonly maxAttempts: number;
  readonly ttlMs: number;
};

/**
 * Fills in defaults.
 *
 * @throws Error on what Azure refuses: limits of filters, retry policy and batches, and types of two topics in one
 */
export function completeSubscription(subscription: EventSubscription): CompleteSubscription {
  const { name, eventTypes = [], maxEventsPerBatch = 1, retryPolicy = {} } = subscription;
  const { maxAttempts = 30, ttlMinutes = 1440 } = retryPolicy;
  assertFilter(name, subscription);
  assertWithin(name, 'maxEventsPerBatch', maxEventsPerBatch, 5000);
  assertWithin(name, 'maxAttempts', maxAttempts, 30);
  assertWithin(name, 'ttlMinutes', ttlMinutes, 1440);
  const topics = new Set(eventTypes.map((type) => type.split('.').slice(0, 2).join('.')));
  if (topics.size > 1) {
    throw new Error(
      `Cannot create event subscription "${name}": "${[...topics].join('" and "')}" are two topics`,
    );
  }
  return {
    ...subscription,
    schema: subscription.schema ?? 'EventGridSchema',
    maxEventsPerBatch,
    maxAttempts,
    ttlMs: ttlMinutes * 60_000,
  };
}

function assertWithin(name: string, what: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new Error(`Cannot create event subscription "${name}": ${what} is ${value}, not 1 to ${most}`);
  }
}
