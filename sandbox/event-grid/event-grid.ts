import type { FaultEffect, FaultRegistry } from '../faults.ts';
import type { Operation } from '../operation.ts';
import { Delivery } from './delivery.ts';
import type { DeliveryStats } from './delivery.ts';
import type { GridEvent } from './event.ts';
import { matches } from './filter.ts';
import { shakeHands } from './handshake.ts';
import { subscriptionOf, toResourceEvent } from './resource-event.ts';
import { toResourceNotification } from './resource-notification.ts';
import { completeSubscription } from './subscription.ts';
import type { EventSubscription } from './subscription.ts';

export interface EventGridOptions {
  readonly faults: FaultRegistry;
  readonly tenantId: string;
  /** Authority to trust for endpoints and dead letters, in PEM. */
  readonly ca?: string | Buffer;
  /** Randomness of delays, order and losses, from 0 up to 1. */
  readonly random?: () => number;
  /** How long an endpoint may take to answer; 30 s when absent. */
  readonly acknowledgementMs?: number;
  /** How long a dead letter waits before it is written; 5 min when absent. */
  readonly deadLetterDelayMs?: number;
  readonly onTrouble?: (message: string) => void;
}

/** Ways in which Event Grid may treat events without breaking its word. */
export interface Disturbance {
  /** How often each event is sent; 1 when absent. */
  readonly copies?: number;
  /** Each copy is held back for a time between these; so events change their order. */
  readonly delayMs?: readonly [least: number, most: number];
  /** Share of events that never arrive, from 0 to 1: this one does break its word. */
  readonly lossRate?: number;
}

export interface EventGridStats extends DeliveryStats {
  readonly published: number;
  readonly lost: number;
}

export interface EventGrid {
  /** Tells of an operation of Resource Manager on all topics that know it. */
  publish(operation: Operation): void;
  /** Puts an event on its topic as it is, such as one of Azure Policy. */
  publishEvent(event: GridEvent): void;
  /**
   * Creates an event subscription after a handshake with its endpoint.
   *
   * @throws Error when Azure would refuse it or the endpoint does
   */
  subscribe(subscription: EventSubscription): Promise<void>;
  unsubscribe(name: string): void;
  /** Replaces the disturbance in force; `{}` ends it. */
  disturb(disturbance: Disturbance): void;
  /** Attempts at once whatever waits for its time, and resolves when those attempts have ended. */
  flush(): Promise<void>;
  /**
   * Resolves when every event is delivered or given up.
   *
   * @throws Error when that takes longer than the limit
   */
  idle(timeoutMs?: number): Promise<void>;
  /** Sums over all event subscriptions, or of one. */
  stats(name?: string): EventGridStats;
  stop(): void;
}

/** Makes the system topics of the sandbox. Nothing is delivered until somebody subscribes. */
export function createEventGrid(options: EventGridOptions): EventGrid {
  const random = options.random ?? Math.random;
  const deliveries = new Map<string, Delivery>();
  let disturbance: Disturbance = {};
  let published = 0;
  let lost = 0;

  const publishEvent = (event: GridEvent): void => {
    published += 1;
    const effects = options.faults.meet('event-grid', 'POST', event.subject);
    if (effects.some(({ kind }) => kind === 'lose') || random() < (disturbance.lossRate ?? 0)) {
      lost += 1;
      return;
    }
    for (const delivery of deliveries.values()) {
      if (isFor(event, delivery)) {
        enqueue(delivery, event, effects);
      }
    }
  };
  const enqueue = (delivery: Delivery, event: GridEvent, effects: readonly FaultEffect[]): void => {
    const { copies = 1, delayMs = [0, 0] } = disturbance;
    const latency = effects.reduce(
      (sum, effect) => sum + (effect.kind === 'latency' ? effect.milliseconds : 0),
      0,
    );
    const breaksFirst = effects.some(({ kind }) => kind !== 'latency');
    for (let copy = 0; copy < copies; copy += 1) {
      delivery.enqueue(event, latency + delayMs[0] + (delayMs[1] - delayMs[0]) * random(), breaksFirst);
    }
  };

  return {
    publishEvent,
    publish(operation) {
      publishEvent(toResourceEvent(operation, options.tenantId));
      const notification = toResourceNotification(operation);
      if (notification !== undefined) {
        publishEvent(notification);
      }
    },
    async subscribe(subscription) {
      const complete = completeSubscription(subscription);
      if (deliveries.has(complete.name)) {
        throw new Error(`Cannot create event subscription "${complete.name}": it exists`);
      }
      await shakeHands(complete, complete.schema, options.ca);
      deliveries.set(
        complete.name,
        new Delivery(complete, {
          random,
          acknowledgementMs: options.acknowledgementMs ?? 30_000,
          deadLetterDelayMs: options.deadLetterDelayMs ?? 300_000,
          onTrouble: options.onTrouble ?? (() => undefined),
          ...(options.ca === undefined ? {} : { ca: options.ca }),
        }),
      );
    },
    unsubscribe(name) {
      deliveries.get(name)?.stop();
      deliveries.delete(name);
    },
    disturb: (next) => void (disturbance = next),
    async flush() {
      deliveries.forEach((delivery) => delivery.hurry());
      await until(() => ![...deliveries.values()].some(({ isSending }) => isSending), 120_000);
    },
    idle: (timeoutMs = 60_000) =>
      until(() => [...deliveries.values()].every(({ stats }) => stats.waiting === 0), timeoutMs),
    stats: (name) => ({
      published,
      lost,
      ...sum(
        [...deliveries].filter(([one]) => name === undefined || one === name).map(([, { stats }]) => stats),
      ),
    }),
    stop: () => deliveries.forEach((delivery) => delivery.stop()),
  };
}

function isFor(event: GridEvent, { subscription }: Delivery): boolean {
  const { subscriptionIds, schema } = subscription;
  const id = subscriptionOf(event.subject).toLowerCase();
  return (
    (subscriptionIds === undefined || subscriptionIds.some((one) => one.toLowerCase() === id)) &&
    matches(event, schema, subscription)
  );
}

function sum(all: readonly DeliveryStats[]): DeliveryStats {
  const total = (key: keyof DeliveryStats): number => all.reduce((count, stats) => count + stats[key], 0);
  return {
    accepted: total('accepted'),
    delivered: total('delivered'),
    attempts: total('attempts'),
    deadLettered: total('deadLettered'),
    dropped: total('dropped'),
    waiting: total('waiting'),
  };
}

async function until(condition: () => boolean, timeoutMs: number): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) {
      throw new Error(`Event Grid is not idle after ${timeoutMs} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
