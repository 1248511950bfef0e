import { roundsWithin } from '../../case/rounds.ts';
import { isSevere, reserveFloor } from '../../case/write-reserve.ts';
import type { Severity } from '../../contract/observation.ts';
import type { Assessment } from './assessment.ts';
import type { Standing } from './outcome-now.ts';

/** Where the write of a change comes from. */
type Draw =
  | { readonly kind: 'budget' }
  /** `floor`: the writes of the reserve that have to be left after it. */
  | { readonly kind: 'reserve'; readonly floor: number }
  /** `roomAt`: when the reserve has room; undefined for drift that has to wait for the next hour. */
  | { readonly kind: 'none'; readonly roomAt: Date | undefined };

/**
 * Ordinary drift uses the hour's budget, of which each principal has a share. Severe exposure uses it too when it opens for
 * the first time. Opened again, or by somebody who used up their share, or with the budget used up, it draws on the reserve.
 */
export function drawFor(assessment: Assessment, severity: Severity, { key, data }: Standing): Draw {
  const { allowance, engine, facts, reserve } = assessment;
  const { limits } = engine.policy;
  const now = engine.clock.now();
  const isGreedy = data.opener !== undefined && engine.writerShares.isUsedUp(data.opener, limits);
  const hasBudget = !isGreedy && !allowance.isUsedUpFor(severity);
  if (!isSevere(severity)) {
    return hasBudget ? { kind: 'budget' } : { kind: 'none', roomAt: undefined };
  }
  const rounds = data.rounds ?? facts.rounds.get(key);
  const count = roundsWithin(rounds, limits.tugOfWar.withinMs, now);
  if (hasBudget && count === 0) {
    return { kind: 'budget' };
  }
  const floor = reserveFloor(
    severity === 'critical' ? severity : 'high',
    isGreedy || count >= limits.tugOfWar.rounds,
  );
  const roomAt = reserve.roomAt(floor);
  return roomAt <= now ? { kind: 'reserve', floor } : { kind: 'none', roomAt };
}
