import type { Report } from './outcome-report.ts';

/** Values of `--fail-on`. */
export const failures = ['drift', 'change', 'ask', 'high', 'critical', 'unknown'] as const;
export type FailOn = (typeof failures)[number];

/** True if the report holds a finding that the caller wants to fail on. Drifts that the policy permits never fail. */
export function isFailure(
  { outcomes, unknowns }: Pick<Report, 'outcomes' | 'unknowns'>,
  on: readonly FailOn[],
): boolean {
  const counted = outcomes.filter(({ does, reason }) => does !== 'ignore' && reason !== 'exempt');
  const tests: Readonly<Record<FailOn, () => boolean>> = {
    drift: () => counted.length > 0,
    change: () => counted.some(({ does }) => does === 'change'),
    ask: () => counted.some(({ does }) => does === 'ask'),
    high: () => counted.some(({ severity }) => severity === 'high' || severity === 'critical'),
    critical: () => counted.some(({ severity }) => severity === 'critical'),
    unknown: () => unknowns.length > 0,
  };
  return on.some((failure) => tests[failure]());
}
