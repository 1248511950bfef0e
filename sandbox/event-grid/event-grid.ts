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
  /** Leaves `httpRequest` out of every event, as the published example of a write does. */
  readonly isSparse?: boolean;
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
  return new SystemTopics(options);
}

class SystemTopics implements EventGrid {
  readonly #options: EventGridOptions;
  readonly #random: () => number;
  readonly #deliveries = new Map<string, Delivery>();
  #disturbance: Disturbance = {};
  #published = 0;
  #lost = 0;

  constructor(options: EventGridOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  publish(operation: Operation): void {
    this.publishEvent(toResourceEvent(operation, this.#options));
    const notification = toResourceNotification(operation);
    if (notification !== undefined) {
      this.publishEvent(notification);
    }
  }

  publishEvent(event: GridEvent): void {
    this.#published += 1;
    const effects = this.#options.faults.meet('event-grid', 'POST', event.subject);
    if (effects.some(({ kind }) => kind === 'lose') || this.#random() < (this.#disturbance.lossRate ?? 0)) {
      this.#lost += 1;
      return;
    }
    for (const delivery of this.#deliveries.values()) {
      if (isFor(event, delivery)) {
        this.#enqueue(delivery, event, effects);
      }
    }
  }

  async subscribe(subscription: EventSubscription): Promise<void> {
    const { ca, acknowledgementMs = 30_000, deadLetterDelayMs = 300_000, onTrouble } = this.#options;
    const complete = completeSubscription(subscription);
    if (this.#deliveries.has(complete.name)) {
      throw new Error(`Cannot create event subscription "${complete.name}": it exists`);
    }
    await shakeHands(complete, complete.schema, ca);
    const delivery = new Delivery(complete, {
      random: this.#random,
      acknowledgementMs,
      deadLetterDelayMs,
      onTrouble: onTrouble ?? (() => undefined),
      ...(ca === undefined ? {} : { ca }),
    });
    this.#deliveries.set(complete.name, delivery);
  }

  unsubscribe(name: string): void {
    this.#deliveries.get(name)?.stop();
    this.#deliveries.delete(name);
  }

  disturb(disturbance: Disturbance): void {
    this.#disturbance = disturbance;
  }

  async flush(): Promise<void> {
    const hasEnded = (): boolean => ![...this.#deliveries.values()].some(({ isSending }) => isSending);
    // An attempt under way would plan its next one after the hurry.
    await until(hasEnded, 120_000);
    this.#deliveries.forEach((delivery) => delivery.hurry());
    await until(hasEnded, 120_000);
  }

  async idle(timeoutMs = 60_000): Promise<void> {
    await until(() => [...this.#deliveries.values()].every(({ stats }) => stats.waiting === 0), timeoutMs);
  }

  stats(name?: string): EventGridStats {
    const chosen = [...this.#deliveries].filter(([one]) => name === undefined || one === name);
    return { published: this.#published, lost: this.#lost, ...sum(chosen.map(([, { stats }]) => stats)) };
  }

  stop(): void {
    this.#deliveries.forEach((delivery) => delivery.stop());
  }

  #enqueue(delivery: Delivery, event: GridEvent, effects: readonly FaultEffect[]): void {
    const { copies = 1, delayMs = [0, 0] } = this.#disturbance;
    const latency = effects.reduce(
      (total, effect) => total + (effect.kind === 'latency' ? effect.milliseconds : 0),
      0,
    );
    const breaksFirst = effects.some(({ kind }) => kind !== 'latency');
    for (let copy = 0; copy < copies; copy += 1) {
      const delay = delayMs[0] + (delayMs[1] - delayMs[0]) * this.#random();
      delivery.enqueue(event, latency + delay, breaksFirst);
    }
  }
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
