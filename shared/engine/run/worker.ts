import type { WorkQueue } from '../../work/queue.ts';
import { isTransient, RemediationError } from '../../errors.ts';
import { safeCause } from '../../text/safe-cause.ts';
import { parseResourceId } from '../../resource-id.ts';
import { redact } from '../../text/secrets.ts';
import type { Engine } from '../engine.ts';
import { createLookBelow } from './look-below.ts';
import { recordFault } from '../pass/record-fault.ts';
import { reconcile } from './reconcile.ts';
import { waitAfter } from './waits.ts';
import type { ReconcileRequest } from '../../work/request.ts';
import { parseReconcileRequest } from '../../work/request.ts';
import { takeBaseline } from './take-baseline.ts';

/**
 * The functions of the role `worker` call these methods. Each one ends well, or throws an error for which the host has
 * to try again.
 */
export interface Worker {
  /** `attempt`: the number of times that the host has handed out the message. */
  reconcile(message: unknown, attempt?: number): Promise<void>;
  recordPoisoned(message: unknown): Promise<void>;
  wake(): Promise<void>;
  takeBaselines(): Promise<void>;
}

/**
 * Attempts after which a message that fails for another reason than an outage is given up. The host itself would go on
 * for a day (`host.json`), so that no outage turns messages into poison, not even one in which messages cannot be put
 * back.
 */
const mostAttempts = 5;

export function createWorker(
  engine: () => Promise<Engine>,
  parts: Pick<Engine, 'telemetry' | 'logger' | 'clock'> & {
    readonly queue: () => WorkQueue;
    readonly subscriptions: readonly string[];
    /** Called after the baseline of a subscription: reads the display names of subscriptions for people. Never rejects. */
    readonly keepNames?: () => Promise<void>;
  },
): Worker {
  const { telemetry, logger, clock } = parts;
  const below = createLookBelow();

  const work = async (message: unknown, attempt: number): Promise<void> => {
    let postponed = 0;
    try {
      const request = parseReconcileRequest(message);
      postponed = request.postponed;
      telemetry.attribute('leakstop.root', request.root);
      if (request.casesBelow !== undefined) {
        const looks = await below(await engine(), parts.queue(), request);
        telemetry.attribute('leakstop.outcome', `looks below: ${looks}`);
        return;
      }
      const { kind } = await reconcile(await engine(), parts.queue(), request);
      telemetry.attribute('leakstop.outcome', kind);
    } catch (error) {
      if (isTransient(error)) {
        // Our own storage, or its identity, is away: the work row could not be written, so the message itself waits.
        await putBack(message, postponed, error);
      } else if (error instanceof RemediationError && error.code === 'malformed-input') {
        await giveUp(message, error.message);
      } else if (attempt >= mostAttempts) {
        await giveUp(message, safeCause(error).message);
      } else {
        throw error;
      }
    }
  };

  const putBack = async (message: unknown, postponed: number, error: unknown): Promise<void> => {
    const wait = waitAfter({ clock }, postponed, error);
    logger.warning('Message put back', { postponed, waitInMs: wait, reason: (error as Error).message });
    await parts.queue().send({ ...parseReconcileRequest(message), postponed: postponed + 1 }, wait);
  };

  const giveUp = async (message: unknown, reason: string): Promise<void> => {
    logger.error('Message given up', { reason });
    await recordGivenUp(await engine(), message, reason);
  };

  return {
    reconcile: (message, attempt = 1) =>
      telemetry.request('reconcile-resource', traceparentOf(message), () => work(message, attempt)),
    recordPoisoned: (message) =>
      telemetry.request('record-poisoned-message', traceparentOf(message), () =>
        giveUp(message, 'The host gave up on the message after its last attempt'),
      ),
    wake: () =>
      telemetry.request('wake-work', undefined, async () => {
        for await (const root of (await engine()).work.due()) {
          await parts.queue().send({ root });
        }
      }),
    takeBaselines: () =>
      telemetry.request('take-baseline', undefined, async () => {
        for (const subscription of parts.subscriptions) {
          try {
            const run = await takeBaseline(await engine(), parts.queue(), subscription);
            if (run.kind !== 'not-needed') {
              logger.information('Baseline', { subscription, ...run });
              await parts.keepNames?.();
            }
          } catch (error) {
            // The timer comes back; the subscriptions behind this one need not wait for it.
            logger.warning('Baseline put off', { subscription, reason: safeCause(error).message });
          }
        }
      }),
  };
}

/** Pause before work is taken up again after its message was given up. */
const afterGivingUpMs = 5 * 60_000;

/**
 * Records a message that was given up in the ledger. If the message can be read, a failed case on its root says why,
 * until the root can be observed again, and its event stays on the work row: giving up a message is no reason to look
 * away. A scope has no row: the sweep finds the resources below it.
 */
async function recordGivenUp(engine: Engine, message: unknown, reason: string): Promise<void> {
  const { ledger, work, clock } = engine;
  const request = readable(message);
  const told = redact(reason);
  if (request !== undefined && request.casesBelow === undefined) {
    const root = parseResourceId(request.root);
    const begun = await work.begin(root.key, request.note);
    if (begun.kind === 'claimed') {
      await recordFault(engine, root, begun.claim, new RemediationError('internal-error', told));
      const wakeAt = new Date(clock.now().getTime() + afterGivingUpMs);
      await work.finish(begun.claim, { failed: true, wakeAt });
    }
  }
  const body = {
    ...(request === undefined ? {} : { resource: request.root }),
    payload: { reason: told },
  };
  await ledger.append({ chain: 'service', entries: [{ kind: 'work-failed', body }], cases: [] });
}

function readable(message: unknown): ReconcileRequest | undefined {
  try {
    return parseReconcileRequest(message);
  } catch {
    return undefined;
  }
}

function traceparentOf(message: unknown): string | undefined {
  const note = (message as { note?: { traceparent?: unknown } } | null | undefined)?.note;
  return typeof note?.traceparent === 'string' ? note.traceparent : undefined;
}
