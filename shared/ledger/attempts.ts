import type { Clock } from '../clock.ts';
import type { RemediationError } from '../errors.ts';
import { isTransient } from '../errors.ts';
import { toStorageError } from '../storage-errors.ts';

/** Limits on how long and how often an operation is tried. */
export interface AttemptBounds {
  readonly most: number;
  readonly forMilliseconds: number;
  /** The first pause is drawn from [0, this); the range doubles with each pause. */
  readonly firstPauseInMs: number;
  readonly longestPauseInMs: number;
}

export const ledgerBounds: AttemptBounds = {
  most: 40,
  forMilliseconds: 30_000,
  firstPauseInMs: 20,
  longestPauseInMs: 2_000,
};

/** Counts attempts, and pauses between them with full jitter. */
export class Attempts {
  readonly #clock: Clock;
  readonly #bounds: AttemptBounds;
  readonly #end: number;
  #count = 0;

  constructor(clock: Clock, bounds: AttemptBounds) {
    this.#clock = clock;
    this.#bounds = bounds;
    this.#end = clock.now().getTime() + bounds.forMilliseconds;
  }

  /** Waits before the next attempt. @throws the error itself, if another attempt is useless or the bound is reached. */
  async pauseAfter(error: RemediationError): Promise<void> {
    this.#count += 1;
    const range = Math.min(
      this.#bounds.firstPauseInMs * 2 ** (this.#count - 1),
      this.#bounds.longestPauseInMs,
    );
    const pause = (error.retryAfterInMs ?? 0) + this.#clock.random() * range;
    const isLate = this.#clock.now().getTime() + pause > this.#end;
    if (!isTransient(error) || this.#count >= this.#bounds.most || isLate) {
      throw error;
    }
    await this.#clock.sleep(pause);
  }
}

/** For reads. A read that fails for longer is tried again with the work that needs it. */
export const readBounds: AttemptBounds = {
  most: 4,
  forMilliseconds: 10_000,
  firstPauseInMs: 50,
  longestPauseInMs: 1_000,
};

/** Calls a function until it succeeds, its error is not transient, or the bound is reached. `what` completes "Cannot ...". */
export async function withAttempts<T>(
  clock: Clock,
  bounds: AttemptBounds,
  what: string,
  call: () => Promise<T>,
): Promise<T> {
  const attempts = new Attempts(clock, bounds);
  for (;;) {
    let failure: RemediationError;
    try {
      return await call();
    } catch (error) {
      failure = toStorageError(error, what);
    }
    await attempts.pauseAfter(failure);
  }
}
