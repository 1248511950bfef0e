import type { ErrorCode } from '../../errors.ts';
import { RemediationError } from '../../errors.ts';
import type { Claim } from '../../work/work.ts';
import type { Engine } from '../engine.ts';

/** First wait after a transient error, and the longest. */
const firstWaitMs = 2_000;
const longestWaitMs = 300_000;

/** Azure itself says when a throttled call may be repeated: whoever fills the quota makes nobody wait for longer. */
const longestThrottledMs = 10_000;

/** Exponential pause with full jitter, and never shorter than Azure asked for. */
export function waitAfter({ clock }: Pick<Engine, 'clock'>, attempts: number, error: unknown): number {
  const isTold =
    error instanceof RemediationError && error.code === 'throttled' && error.retryAfterInMs !== undefined;
  const longest = isTold ? longestThrottledMs : longestWaitMs;
  const ceiling = Math.min(firstWaitMs * 2 ** Math.min(attempts, 10), longest);
  const jittered = ceiling / 2 + (ceiling / 2) * clock.random();
  const asked = error instanceof RemediationError ? (error.retryAfterInMs ?? 0) : 0;
  return Math.round(Math.max(jittered, asked));
}

/**
 * Attempts in a row after which a root that keeps changing, or on which work is always under way, is reported as a
 * failed case. The pauses between twelve attempts add up to a quarter of an hour.
 */
const mostAttempts: Partial<Record<ErrorCode, number>> = {
  'resource-changed': 5,
  'operation-in-progress': 12,
  conflict: 12,
};

export function isOutOfPatience(error: unknown, { row }: Pick<Claim, 'row'>): boolean {
  return error instanceof RemediationError && row.attempts + 1 >= (mostAttempts[error.code] ?? Infinity);
}
