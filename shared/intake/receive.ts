import { safeCause } from '../telemetry/safe-cause.ts';
import { redact } from '../telemetry/secrets.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { RemediationError } from '../errors.ts';
import type { ReconcileRequest } from '../engine/request.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { RootType } from './intake.ts';
import { requestFor } from './intake.ts';
import type { WorkQueue } from './queue.ts';

/** The way in: events become messages, and what cannot be read becomes an entry. */
export interface Intake {
  /** The messages for one event: one, or none when it concerns nothing. Throws when it has to be delivered again. */
  receive(event: unknown, traceparent: string | undefined): Promise<readonly ReconcileRequest[]>;
  /** Puts every event of every dead letter on the queue. */
  readDeadLetters(): Promise<void>;
}

export interface IntakeParts {
  readonly rootTypes: readonly RootType[];
  readonly subscriptions: readonly string[];
  readonly ledger: () => Promise<Ledger>;
  readonly queue: () => WorkQueue;
  readonly deadLetters: () => DeadLetters;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

export function createIntake(parts: IntakeParts): Intake {
  const { rootTypes, subscriptions, logger, telemetry } = parts;

  const read = async (event: unknown, traceparent: string | undefined, source?: 'dead-letter') => {
    try {
      return requestFor(event, rootTypes, subscriptions, traceparent, source);
    } catch (error) {
      if (!(error instanceof RemediationError) || error.code !== 'malformed-input') {
        throw error;
      }
      await recordUnreadable(parts, event, error);
      return undefined;
    }
  };

  const readDeadLetter = async (deadLetters: DeadLetters, name: string, text: string): Promise<void> => {
    const events = parseEvents(text);
    if (events === undefined) {
      logger.error('Dead letter set aside: it is not a list of events', { name });
      const reason = new RemediationError('malformed-input', 'Cannot read the dead letter: not JSON');
      await recordUnreadable(parts, { id: name }, reason);
      await deadLetters.setAside(name, text);
      return;
    }
    for (const event of events) {
      const request = await read(event, undefined, 'dead-letter');
      if (request !== undefined) {
        await parts.queue().send(request);
      }
    }
    await deadLetters.remove(name);
    logger.warning('Dead letter read', { name, events: events.length });
  };

  return {
    receive: (event, traceparent) =>
      telemetry.request('receive-resource-event', traceparent, async () => {
        const request = await read(event, traceparent);
        return request === undefined ? [] : [request];
      }),
    readDeadLetters: () =>
      telemetry.request('read-dead-letters', undefined, async () => {
        const deadLetters = parts.deadLetters();
        for await (const { name, text } of deadLetters.list()) {
          try {
            await readDeadLetter(deadLetters, name, text);
          } catch (error) {
            // It stays where it is for the next run, and does not keep those behind it from being read.
            logger.error('Dead letter left for the next run', { name, reason: safeCause(error).message });
          }
        }
      }),
  };
}

function parseEvents(text: string): readonly unknown[] | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return Array.isArray(json) ? (json as unknown[]) : [json];
  } catch {
    return undefined;
  }
}

/** An event that cannot be read is no reason to have it delivered for a day; that it came is recorded. */
async function recordUnreadable(
  { ledger, logger }: IntakeParts,
  event: unknown,
  error: RemediationError,
): Promise<void> {
  const { id } = (typeof event === 'object' && event !== null ? event : {}) as { id?: unknown };
  const eventId = typeof id === 'string' ? redact(id.slice(0, 200)) : 'none';
  logger.error('Event cannot be read', { event: eventId, reason: error.message });
  await (
    await ledger()
  ).append({
    chain: 'service',
    entries: [{ kind: 'event-unreadable', body: { payload: { event: eventId, reason: error.message } } }],
    cases: [],
  });
}
