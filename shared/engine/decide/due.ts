import type { CaseData } from '../../case/case-data.ts';
import type { PolicySubject } from '../../policy/policy.ts';
import type { Engine } from '../engine.ts';

/** Who answers for a drift and by when; undefined where the policy names nobody. */
export function dueOf(
  { policy }: Pick<Engine, 'policy'>,
  subject: PolicySubject,
  firstSeenDrifted: string,
): CaseData['due'] {
  const ruling = policy.ownershipOf(subject);
  return ruling && { at: dueAt(firstSeenDrifted, ruling.dueInMs), owner: ruling.owner, rule: ruling.rule };
}

function dueAt(firstSeenDrifted: string, dueInMs: number): string {
  // Beyond what a date can hold is never.
  const at = Math.min(Date.parse(firstSeenDrifted) + dueInMs, Date.parse('9999-12-31T00:00:00Z'));
  return new Date(at).toISOString();
}
