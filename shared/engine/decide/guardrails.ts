import { isSevere } from '../../case/write-reserve.ts';
import type { Change } from '../../contract/change.ts';
import { describeSwitch } from '../../policy/kill-switch.ts';
import type { Circumstances } from './circumstances.ts';
import type { Hold, Treatment } from './treatment.ts';

/** Pause before a change that the kill switch stopped is looked at again. */
export const switchRestMs = 2 * 60_000;
/** Pause before another look at a hold whose end cannot be foreseen. */
const unforeseenRestMs = 60 * 60_000;

type Guardrail = (circumstances: Circumstances, rule: string) => Hold | undefined;

/**
 * Guardrails in their order. Those that only a person lifts come first, so that nobody waits for an hour to pass
 * without effect. Then come those that stop everything, and then those that pass by themselves, the longest first. The
 * entry names the first guardrail that holds.
 */
const guardrails: readonly Guardrail[] = [managed, tugOfWar, killSwitchFor, breaker, timing, budget];

/** The guardrail that keeps a change from being automatic, or undefined. Pure. */
export function guardrailFor(
  circumstances: Circumstances,
  change: Change,
  rule: string,
): Treatment | undefined {
  for (const guardrail of guardrails) {
    const hold = guardrail(circumstances, rule);
    if (hold !== undefined) {
      return hold;
    }
  }
  const { manager } = circumstances;
  // The owner of a group can enter any manager: a manager that is not known to exist must not keep a leak open
  // unasked.
  return manager.kind === 'unknown' ? { kind: 'ask', change, rule, because: manager.reason } : undefined;
}

/** Not every manager's end is told by an event. */
function managed({ manager, now }: Circumstances, rule: string): Hold | undefined {
  const until = new Date(now.getTime() + unforeseenRestMs);
  return manager.kind === 'managed'
    ? { kind: 'hold', reason: 'managed', rule, until, by: manager.by, told: { managedBy: manager.by } }
    : undefined;
}

/** Severe exposure is closed each time, after a pause of some seconds; any other drift waits for a person. */
function tugOfWar({ tugOfWar: war, policy, subject, now }: Circumstances, rule: string): Hold | undefined {
  if (war === undefined) {
    return undefined;
  }
  const { withinMs, rounds: most } = policy.limits.tugOfWar;
  const told = { rounds: war.rounds, withinMs, writers: war.writers };
  const hold: Hold = { kind: 'hold', reason: 'tug-of-war', rule, told };
  if (!isSevere(subject.severity)) {
    return hold;
  }
  const until = new Date(Date.parse(war.closedAt ?? '') + pauseAfter(war.rounds - most));
  return until > now ? { ...hold, until } : undefined;
}

/** Longest pause between two closings of severe exposure. */
const longestPauseMs = 10_000;

function pauseAfter(more: number): number {
  return Math.min(1_000 * 2 ** Math.min(more, 20), longestPauseMs);
}

/** Holds every change, whoever approved it. */
export function killSwitchFor(
  { killSwitch: state, now }: Pick<Circumstances, 'killSwitch' | 'now'>,
  rule: string,
): Hold | undefined {
  if (state.changes === 'allowed') {
    return undefined;
  }
  const until = new Date(now.getTime() + switchRestMs);
  return { kind: 'hold', reason: 'kill-switch', rule, until, detail: describeSwitch(state) };
}

function breaker({ breaker: tripped }: Circumstances, rule: string): Hold | undefined {
  return tripped === undefined
    ? undefined
    : {
        kind: 'hold',
        reason: 'breaker',
        rule,
        until: tripped.until,
        told: { failures: tripped.failures, until: tripped.until.toISOString() },
      };
}

function timing({ policy, subject, now }: Circumstances): Hold | undefined {
  const timing = policy.timingOf(subject, now);
  if (timing.kind === 'open') {
    return undefined;
  }
  const { reason, rule, opensAt } = timing;
  return {
    kind: 'hold',
    reason,
    rule,
    until: opensAt ?? new Date(now.getTime() + unforeseenRestMs),
    ...(opensAt === undefined ? {} : { told: { opensAt: opensAt.toISOString() } }),
  };
}

function budget({ isOverBudget, roomAt, now }: Circumstances, rule: string): Hold | undefined {
  return isOverBudget ? { kind: 'hold', reason: 'budget', rule, until: roomAt ?? nextHour(now) } : undefined;
}

/** The budget is counted by the hour. The look comes a minute later, so that clocks need not agree. */
export function nextHour(now: Date): Date {
  const hourMs = 60 * 60_000;
  return new Date((Math.floor(now.getTime() / hourMs) + 1) * hourMs + 60_000);
}
