import type { ResourceId } from '../resource-id.ts';
import type { Draft } from './draft.ts';
import type { Engine } from './engine.ts';

/**
 * Commits a draft. `raced`: a case is not as it was read, look again. `over-budget`: the hour's changes are used up.
 * What was committed before either is legal and known at the next look.
 */
export async function commit(
  { ledger, policy }: Pick<Engine, 'ledger' | 'policy'>,
  root: ResourceId,
  draft: Draft,
): Promise<'raced' | 'over-budget' | undefined> {
  for (const unit of draft.units(root.subscriptionId, policy.limits.changesPerHour)) {
    const { kind } = await ledger.append(unit);
    switch (kind) {
      case 'committed':
        break;
      case 'case-moved':
        return 'raced';
      case 'over-budget':
        return 'over-budget';
    }
  }
  return undefined;
}
