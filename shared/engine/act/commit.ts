import type { ResourceId } from '../../resource-id.ts';
import type { Draft } from '../../case/draft.ts';
import type { Engine } from '../engine.ts';

/** Why a draft was not committed. `raced`: a case is not as it was read, look again. `used`: the hour's changes so far. */
export type Refusal = { readonly kind: 'raced' } | { readonly kind: 'over-budget'; readonly used: number };

/**
 * Commits a draft; undefined when all of it was. What was committed before a refusal is legal and known at the next
 * look. Failures are counted first: a count too many stops automatic repair too soon, one too few too late.
 */
export async function commit(
  { ledger, policy, breaker }: Pick<Engine, 'ledger' | 'policy' | 'breaker'>,
  root: ResourceId,
  draft: Draft,
): Promise<Refusal | undefined> {
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
