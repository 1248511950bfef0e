import type { ResourceId } from '../../resource-id.ts';
import type { Draft } from '../../case/draft.ts';
import type { Engine } from '../engine.ts';
import type { Again } from '../next.ts';

/** The reason why a draft was not committed whole: the rest is left to another pass. */
export type Uncommitted = Extract<Again, { kind: 'raced' | 'over-budget' }>;

/**
 * Commits a draft; undefined if all of it was committed. Anything committed before a refusal is legal, and the next
 * look knows it. Failures are counted first: one count too many stops automatic repair too soon, one too few too
 * late.
 */
export async function commit(
  { ledger, policy, breaker }: Pick<Engine, 'ledger' | 'policy' | 'breaker'>,
  root: ResourceId,
  draft: Draft,
): Promise<Uncommitted | undefined> {
  for (const strike of draft.strikes) {
    await breaker.record(strike, policy.limits);
  }
  for (const unit of draft.units(root.subscriptionId, policy.limits)) {
    const answer = await ledger.append(unit);
    switch (answer.kind) {
      case 'committed':
      case 'known':
        break;
      case 'case-moved':
        return { kind: 'raced' };
      case 'over-budget':
        return answer;
    }
  }
  return undefined;
}
