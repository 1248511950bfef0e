import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { RemediationError } from '../errors.ts';
import type { Ledger, NewEntry } from '../ledger/ledger.ts';
import type { Logger } from '../telemetry/logger.ts';
import { redact } from '../text/secrets.ts';
import type { UnreadableEventStore } from '../work/unreadable-events.ts';

/** The record of events and dead letters that could not be read. */
export interface UnreadableRecord {
  /** Resolves when the event is told or counted. Rejects when neither is certain, so that it is delivered again. */
  add(event: UnreadableEvent): Promise<void>;
  /** Records for each past hour how many events were counted but not told one by one. */
  settle(): Promise<void>;
}

export interface UnreadableEvent {
  /** The event's own id, or the name of the dead letter. */
  readonly id: string;
  readonly reason: RemediationError;
  /** The content of the event. Only its hash is kept, to tell two events apart. */
  readonly content: string;
}

interface Parts {
  readonly ledger: () => Promise<Ledger>;
  readonly unreadableEvents: () => Promise<UnreadableEventStore>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Most events of one hour that the ledger tells one by one. Entries stay for ever, while a broken or hostile sender
 * never ends: further events are counted, and told as one entry when the hour is over.
 */
export const toldEachHour = 20;

/** Pause after an hour's end before it is told: clocks of instances differ. */
const settleAfterMs = 5 * 60_000;

interface Waiting {
  readonly event: UnreadableEvent;
  readonly done: PromiseWithResolvers<undefined>;
}

/** Events that arrive during a round trip are counted together with the next one. */
export function createUnreadableRecord({ ledger, unreadableEvents, clock, logger }: Parts): UnreadableRecord {
  const waiting: Waiting[] = [];
  let isWriting = false;

  const write = async (batch: readonly UnreadableEvent[]): Promise<void> => {
    const before = await (await unreadableEvents()).add(hourOf(clock.now()), batch.length);
    const told = batch.slice(0, Math.max(0, toldEachHour - before));
    for (const { id, reason } of told) {
      logger.error('Event cannot be read', { event: safe(id), reason: redact(reason.message) });
    }
    if (before < toldEachHour && before + batch.length >= toldEachHour) {
      logger.error('More events that cannot be read are counted until the hour is over', {
        told: toldEachHour,
      });
    }
    if (told.length > 0) {
      await (await ledger()).append({ chain: 'service', entries: told.map(entryOf), cases: [] });
    }
  };

  const writeAll = async (): Promise<void> => {
    isWriting = true;
    for (let batch = waiting.splice(0); batch.length > 0; batch = waiting.splice(0)) {
      try {
        await write(batch.map(({ event }) => event));
        batch.forEach(({ done }) => done.resolve(undefined));
      } catch (error) {
        batch.forEach(({ done }) => done.reject(error));
      }
    }
    isWriting = false;
  };

  return {
    add: (event) => {
      const done = Promise.withResolvers<undefined>();
      waiting.push({ event, done });
      if (!isWriting) {
        void writeAll();
      }
      return done.promise;
    },
    settle: async () => {
      const store = await unreadableEvents();
      for (const counted of await store.before(hourOf(new Date(clock.now().getTime() - settleAfterMs)))) {
        const untold = counted.count - toldEachHour;
        if (untold > 0) {
          await (await ledger()).append(sumOf(counted.hour, untold));
          logger.error('Events could not be read', { hour: counted.hour, untold });
        }
        await store.forget(counted);
      }
    },
  };
}

function entryOf({ id, reason, content }: UnreadableEvent): NewEntry {
  const payload = {
    event: safe(id),
    reason: redact(reason.message),
    hash: createHash('sha256').update(content).digest('hex'),
  };
  return { kind: 'event-unreadable', body: { payload } };
}

/** Told once, by whichever instance and however often it tries: the head keeps that it was told. */
function sumOf(hour: string, events: number): Parameters<Ledger['append']>[0] {
  const payload = {
    events,
    hour: `${hour}:00:00.000Z`,
    reason: `Cannot read the events: they came beyond the ${toldEachHour} of the hour that are told one by one`,
  };
  return {
    chain: 'service',
    entries: [{ kind: 'event-unreadable', body: { payload } }],
    cases: [],
    head: { unreadableEvents: { hour, events } },
    onlyNews: true,
  };
}

function hourOf(time: Date): string {
  return time.toISOString().slice(0, 13);
}

/** Longest part of an id that is repeated. */
const shownOfId = 200;

/** Shortened last: nobody can tell that half a secret is one. */
function safe(id: string): string {
  return redact(id).slice(0, shownOfId).toWellFormed();
}
