import { safeCause } from '../text/safe-cause.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { type Clock, timestamp } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import type { ReconcileRequest } from '../work/request.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { UnreadableEventStore } from '../work/unreadable-events.ts';
import type { RootType } from './concerned.ts';
import type { DeadLetters } from './dead-letters.ts';
import { requestFor } from './intake.ts';
import type { WorkQueue } from '../work/queue.ts';
import { createUnreadableRecord, type UnreadableRecord } from './unreadable.ts';

/** The way in: events become messages, and unreadable events become entries. */
export interface Intake {
  /**
   * The messages for one event: one, or none for an event that concerns nothing. A rejection has the event delivered
   * again.
   */
  receive(event: unknown, traceparent: string | undefined): Promise<readonly ReconcileRequest[]>;
  /** Puts every event of every dead letter on the queue, and tells the number of unreadable events in past hours. */
  readDeadLetters(): Promise<void>;
}

export interface IntakeParts {
  readonly rootTypes: readonly RootType[];
  readonly subscriptions: readonly string[];
  readonly ledger: () => Promise<Ledger>;
  readonly unreadableEvents: () => Promise<UnreadableEventStore>;
  readonly queue: () => WorkQueue;
  readonly deadLetters: () => DeadLetters;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

export function createIntake(parts: IntakeParts): Intake {
  const { logger, telemetry, clock } = parts;
  const unreadable = createUnreadableRecord(parts);

  const read = async (
    event: unknown,
    traceparent: string | undefined,
    source?: 'dead-letter',
  ): Promise<readonly ReconcileRequest[]> => {
    const arrival = { at: timestamp(clock), traceparent, source };
    try {
      const request = requestFor(event, parts, arrival);
      return request === undefined ? [] : [request];
    } catch (error) {
      if (!(error instanceof RemediationError) || error.code !== 'malformed-input') {
        throw error;
      }
      // Redelivering an unreadable event for a day would help nobody; its arrival is recorded.
      await unreadable.add({ id: idOf(event), reason: error, content: contentOf(event) });
      return [];
    }
  };

  const readDeadLetter = async (deadLetters: DeadLetters, name: string, text: string): Promise<void> => {
    const events = parseEvents(text);
    if (events === undefined) {
      logger.error('Dead letter set aside: it is not a list of events', { name });
      const reason = new RemediationError('malformed-input', 'Cannot read the dead letter: not JSON');
      await unreadable.add({ id: name, reason, content: text });
      await deadLetters.setAside(name, text);
      return;
    }
    for (const event of events) {
      for (const request of await read(event, undefined, 'dead-letter')) {
        await parts.queue().send(request);
      }
    }
    await deadLetters.remove(name);
    logger.warning('Dead letter read', { name, events: events.length });
  };

  return {
    receive: (event, traceparent) =>
      telemetry.request('receive-resource-event', traceparent, () => read(event, traceparent)),
    readDeadLetters: () =>
      telemetry.request('read-dead-letters', undefined, async () => {
        await settle(unreadable, logger);
        const deadLetters = parts.deadLetters();
        for await (const { name, text } of deadLetters.list()) {
          try {
            await readDeadLetter(deadLetters, name, text);
          } catch (error) {
            // The dead letter stays for the next run, and does not keep the others from being read.
            logger.error('Dead letter left for the next run', { name, reason: safeCause(error).message });
          }
        }
      }),
  };
}

/** Counts that cannot be told now must not keep dead letters from being read. */
async function settle(unreadable: UnreadableRecord, logger: Logger): Promise<void> {
  try {
    await unreadable.settle();
  } catch (error) {
    logger.error('Unreadable events left to be told by the next run', { reason: safeCause(error).message });
  }
}

function parseEvents(text: string): readonly unknown[] | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return Array.isArray(json) ? (json as unknown[]) : [json];
  } catch {
    return undefined;
  }
}

function idOf(event: unknown): string {
  const { id } = (typeof event === 'object' && event !== null ? event : {}) as { id?: unknown };
  return typeof id === 'string' && id !== '' ? id : 'none';
}

/** The event as text. Empty for an event that is nested too deep for JSON. */
function contentOf(event: unknown): string {
  try {
    return JSON.stringify(event);
  } catch {
    return '';
  }
}
