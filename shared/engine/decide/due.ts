import type { CaseData } from '../../case/case-data.ts';
import type { PolicySubject } from '../../policy/policy.ts';
import type { Engine } from '../engine.ts';

/** The owner of a drift and the due time; undefined if the policy names nobody. */
export function dueOf(
  { policy }: Pick<Engine, 'policy'>,
  subject: PolicySubject,
  firstSeenDrifted: string,
): CaseData['due'] {
  const ruling = policy.ownershipOf(subject);
  return ruling && { at: dueAt(firstSeenDrifted, ruling.dueInMs), owner: ruling.owner, rule: ruling.rule };
}

function dueAt(firstSeenDrifted: string, dueInMs: number): string {
  // A time beyond the range of a date never comes.
  const at = Math.min(Date.parse(firstSeenDrifted) + dueInMs, Date.parse('9999-12-31T00:00:00Z'));
  return new Date(at).toISOString();
}
