import { casesOf, Draft } from '../../case/draft.ts';
import type { RemediationError } from '../../errors.ts';
import type { ResourceId } from '../../resource-id.ts';
import { commit } from '../act/commit.ts';
import type { Engine } from '../engine.ts';
import { recordUnobservable } from './record-fault.ts';

/** Opens a case for a subscription that cannot be listed. There is no baseline until it can be. */
export async function reportUnlistable(
  engine: Engine,
  subscription: ResourceId,
  error: RemediationError,
): Promise<void> {
  engine.logger.error(
    'There is no baseline: the subscription cannot be listed, and nothing in it is changed',
    {
      subscription: subscription.subscriptionId,
      code: error.code,
      ...(error.action === undefined ? {} : { action: error.action }),
      reason: error.message,
    },
  );
  await recordUnobservable(engine, subscription, error);
}

/** Closes the case of a subscription that can be listed again. */
export async function closeListable(
  engine: Pick<Engine, 'ledger' | 'policy' | 'breaker'>,
  subscription: ResourceId,
): Promise<void> {
  const view = await engine.ledger.readRoot(subscription.subscriptionId, subscription.key);
  const draft = new Draft(undefined);
  for (const subject of casesOf(view).values()) {
    draft.move(subject, 'case-closed', { reason: 'fixed-by-others' }, { closed: 'fixed-by-others' });
  }
  await commit(engine, subscription, draft);
}
