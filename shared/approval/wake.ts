import { type Clock, timestamp } from '../clock.ts';
import type { Case } from '../case/draft.ts';
import type { Logger } from '../telemetry/logger.ts';
import { safeCause } from '../text/safe-cause.ts';
import type { WorkQueue } from '../work/queue.ts';

interface WakeParts {
  readonly queue: () => WorkQueue;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Most attempts to send the message that wakes the worker, and the pause between them. */
const wakeTries = 3;
const wakePauseMs = 500;

/** Has the root of a decided case looked at. If the queue is away, the decision stands: the next sweep, or the next look at the root, finds it. */
export async function wake({ queue, clock, logger }: WakeParts, { data }: Case, id: string): Promise<void> {
  const note = {
    id: `decision:${id}`,
    time: timestamp(clock),
    resource: data.resource,
    source: 'wake',
  } as const;
  for (let tries = 1; ; tries += 1) {
    try {
      await queue().send({ root: data.root, note });
      return;
    } catch (error) {
      if (tries >= wakeTries) {
        logger.error('The root of a decision could not be put on the queue: the next sweep finds it', {
          decision: id,
          reason: safeCause(error).message,
        });
        return;
      }
      await clock.sleep(wakePauseMs);
    }
  }
}
