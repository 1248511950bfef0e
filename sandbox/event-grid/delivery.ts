import { randomUUID } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { exchange } from '../wire/exchange.ts';
import type { ExchangeRequest } from '../wire/exchange.ts';
import { writeDeadLetter } from './dead-letter.ts';
import type { DeadEvent, DeadLetterReason } from './dead-letter.ts';
import { inSchema } from './event.ts';
import type { EventSchema, GridEvent } from './event.ts';
import { isWorthRetrying, judge, retryDelay } from './retry.ts';
import type { Attempt } from './retry.ts';
import type { CompleteSubscription } from './subscription.ts';

/** What has happened to the events of one event subscription. */
export interface DeliveryStats {
  /** Events that matched, copies included. */
  readonly accepted: number;
  readonly delivered: number;
  /** Events sent, each attempt counted. */
  readonly attempts: number;
  readonly deadLettered: number;
  /** Given up without a dead letter. */
  readonly dropped: number;
  /** Neither delivered nor given up yet. */
  readonly waiting: number;
}

export interface DeliveryOptions {
  readonly ca?: string | Buffer;
  readonly random: () => number;
  readonly acknowledgementMs: number;
  readonly deadLetterDelayMs: number;
  /** Told of each trouble, in a line. */
  readonly onTrouble: (message: string) => void;
}

interface Item {
  readonly event: GridEvent;
  readonly publishTime: Date;
  attempts: number;
  dueAt: number;
  isInFlight: boolean;
  /** The first attempt breaks off without reaching the endpoint. */
  breaksFirst: boolean;
  dead: DeadEvent | undefined;
}

const mostRequests = 50;
const deadLetterLimitMs = 4 * 3_600_000;
const deadLetterRetryMs = 60_000;

/** Brings the events of one event subscription to its endpoint: retries, batches, dead letters. */
export class Delivery {
  readonly subscription: CompleteSubscription;
  readonly #options: DeliveryOptions;
  readonly #agent: HttpAgent;
  readonly #items = new Set<Item>();
  readonly #counts = { accepted: 0, delivered: 0, attempts: 0, deadLettered: 0, dropped: 0 };
  #requests = 0;
  #timer: NodeJS.Timeout | undefined;
  #isPumpPlanned = false;
  #isStopped = false;

  constructor(subscription: CompleteSubscription, options: DeliveryOptions) {
    this.subscription = subscription;
    this.#options = options;
    // A kept connection that the host closes at the wrong moment would cost ten seconds.
    this.#agent = subscription.endpointUrl.startsWith('https:') ? new HttpsAgent() : new HttpAgent();
  }

  get stats(): DeliveryStats {
    return { ...this.#counts, waiting: this.#items.size };
  }

  enqueue(event: GridEvent, delayMs: number, breaksFirst: boolean): void {
    const publishTime = new Date();
    this.#counts.accepted += 1;
    this.#items.add({
      event,
      publishTime,
      attempts: 0,
      dueAt: publishTime.getTime() + delayMs,
      isInFlight: false,
      breaksFirst,
      dead: undefined,
    });
    this.#pumpSoon();
  }

  /** Makes everything that waits due now. */
  hurry(): void {
    for (const item of this.#items) {
      item.dueAt = Math.min(item.dueAt, Date.now());
    }
    this.#pump();
  }

  get isSending(): boolean {
    return this.#requests > 0;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#agent.destroy();
  }

  /** What is published together can go together. */
  #pumpSoon(): void {
    if (!this.#isPumpPlanned) {
      this.#isPumpPlanned = true;
      queueMicrotask(() => {
        this.#isPumpPlanned = false;
        this.#pump();
      });
    }
  }

  #pump(): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) {
      return;
    }
    const waiting = [...this.#items]
      .filter(({ isInFlight }) => !isInFlight)
      .sort((a, b) => a.dueAt - b.dueAt);
    // Asked once: what falls due between two looks at the clock would be neither sent nor waited for.
    const now = Date.now();
    const due = waiting.filter(({ dueAt }) => dueAt <= now);
    while (due.length > 0 && this.#requests < mostRequests) {
      // A dead letter goes alone.
      const batch = due.splice(0, due[0]?.dead === undefined ? this.subscription.maxEventsPerBatch : 1);
      void this.#attend(batch);
    }
    const next = waiting.find(({ dueAt, isInFlight }) => !isInFlight && dueAt > now);
    if (next !== undefined) {
      this.#timer = setTimeout(() => this.#pump(), Math.min(next.dueAt - now, 2 ** 30));
    }
  }

  async #attend(batch: readonly Item[]): Promise<void> {
    this.#requests += 1;
    batch.forEach((item) => (item.isInFlight = true));
    try {
      const dead = batch.find((item) => item.dead !== undefined)?.dead;
      await (dead === undefined ? this.#deliver(batch) : this.#bury(batch, dead));
    } finally {
      this.#requests -= 1;
      batch.forEach((item) => (item.isInFlight = false));
      this.#pump();
    }
  }

  async #deliver(batch: readonly Item[]): Promise<void> {
    const alive = batch.filter((item) => item.dead === undefined && !this.#isTooOld(item));
    if (alive.length === 0) {
      return;
    }
    alive.forEach((item) => (item.attempts += 1));
    this.#counts.attempts += alive.length;
    const attempt = await this.#send(alive);
    for (const item of alive) {
      this.#settle(item, attempt);
    }
  }

  /** The time to live is looked at before an attempt, never while an event waits. */
  #isTooOld(item: Item): boolean {
    const isTooOld = Date.now() - item.publishTime.getTime() > this.subscription.ttlMs;
    if (isTooOld) {
      this.#die(item, 'TimeToLiveExceeded', { status: undefined, outcome: 'TimedOut' });
    }
    return isTooOld;
  }

  async #send(batch: readonly Item[]): Promise<Attempt> {
    if (batch.some((item) => item.breaksFirst)) {
      batch.forEach((item) => (item.breaksFirst = false));
      return { status: undefined, outcome: 'SocketError' };
    }
    try {
      const { status } = await exchange({
        ...toNotification(this.subscription, batch),
        agent: this.#agent,
        timeoutMs: this.#options.acknowledgementMs,
        ...(this.#options.ca === undefined ? {} : { ca: this.#options.ca }),
      });
      return judge(status);
    } catch (error) {
      const isLate = (error as Error).name === 'TimeoutError';
      return { status: undefined, outcome: isLate ? 'TimedOut' : 'SocketError' };
    }
  }

  #settle(item: Item, attempt: Attempt): void {
    if (attempt.outcome === 'Delivered') {
      this.#items.delete(item);
      this.#counts.delivered += 1;
      return;
    }
    this.#options.onTrouble(
      `Event "${item.event.id}" for "${this.subscription.name}": attempt ${item.attempts} ended with ${attempt.outcome}`,
    );
    if (!isWorthRetrying(attempt)) {
      this.#die(item, 'UndeliverableDueToClientError', attempt);
    } else if (item.attempts >= this.subscription.maxAttempts) {
      this.#die(item, 'MaxDeliveryAttemptsExceeded', attempt);
    } else {
      item.dueAt = Date.now() + retryDelay(item.attempts, attempt, this.#options.random);
    }
  }

  #die(item: Item, deadLetterReason: DeadLetterReason, { outcome }: Attempt): void {
    if (this.subscription.deadLetter === undefined) {
      this.#drop(item, deadLetterReason);
      return;
    }
    item.dead = {
      event: item.event,
      deadLetterReason,
      deliveryAttempts: item.attempts,
      lastDeliveryOutcome: outcome,
      publishTime: item.publishTime,
      lastDeliveryAttemptTime: new Date(),
    };
    item.dueAt = Date.now() + this.#options.deadLetterDelayMs;
  }

  async #bury([item]: readonly Item[], dead: DeadEvent): Promise<void> {
    const { deadLetter, name, schema } = this.subscription;
    if (item === undefined || deadLetter === undefined) {
      return;
    }
    try {
      await writeDeadLetter(deadLetter, name, schema, dead, this.#options.ca);
      this.#items.delete(item);
      this.#counts.deadLettered += 1;
    } catch (error) {
      this.#options.onTrouble(String(error));
      if (Date.now() - dead.lastDeliveryAttemptTime.getTime() > deadLetterLimitMs) {
        this.#drop(item, 'no dead letter could be written');
      } else {
        item.dueAt = Date.now() + deadLetterRetryMs;
      }
    }
  }

  #drop(item: Item, why: string): void {
    this.#items.delete(item);
    this.#counts.dropped += 1;
    this.#options.onTrouble(`Event "${item.event.id}" for "${this.subscription.name}" is dropped: ${why}`);
  }
}

/** The request that carries a batch. A CloudEvent goes alone as an object, everything else in an array. */
function toNotification(subscription: CompleteSubscription, batch: readonly Item[]): ExchangeRequest {
  const { endpointUrl, name, schema, maxEventsPerBatch } = subscription;
  const events = batch.map(({ event }) => inSchema(event, schema));
  const isSingle = schema === 'CloudEventSchemaV1_0' && maxEventsPerBatch === 1;
  const [first] = batch;
  return {
    method: 'POST',
    url: endpointUrl,
    headers: {
      'content-type': `${contentType(schema, isSingle)}; charset=utf-8`,
      'aeg-event-type': 'Notification',
      'aeg-subscription-name': name.toUpperCase(),
      'aeg-delivery-count': String((first?.attempts ?? 1) - 1),
      'aeg-data-version': first?.event.dataVersion ?? '',
      'aeg-metadata-version': '1',
      'aeg-output-event-id': randomUUID(),
    },
    body: JSON.stringify(isSingle ? events[0] : events),
  };
}

function contentType(schema: EventSchema, isSingle: boolean): string {
  const cloud = isSingle ? 'application/cloudevents+json' : 'application/cloudevents-batch+json';
  return schema === 'CloudEventSchemaV1_0' ? cloud : 'application/json';
}
