import { casesOf, Draft } from '../../case/draft.ts';
import { RemediationError } from '../../errors.ts';
import type { ResourceId } from '../../resource-id.ts';
import { safeCause } from '../../text/safe-cause.ts';
import type { Claim } from '../../work/work.ts';
import { commit } from '../act/commit.ts';
import type { Engine } from '../engine.ts';
import { reportUnobservable } from '../settle/own-cases.ts';

/** The parts with which a case about a root is recorded. */
type Recording = Pick<Engine, 'ledger' | 'policy' | 'breaker' | 'clock'>;

/**
 * Opens the case of a root, or of a subscription, that cannot be observed. Only a walk over everything closes the case:
 * nobody knows what else was to be read.
 */
export async function recordUnobservable(
  engine: Recording,
  root: ResourceId,
  error: RemediationError,
  traceparent?: string,
): Promise<void> {
  const cases = casesOf(await engine.ledger.readRoot(root.subscriptionId, root.key));
  const draft = new Draft(traceparent);
  reportUnobservable({ engine, root, draft, cases }, { resource: root.text, error, needsWalk: true });
  await commit(engine, root, draft);
}

/** Records a fault that no retry mends, so that it ends as a failed case and not in a log. */
export async function recordFault(
  engine: Recording & Pick<Engine, 'logger'>,
  root: ResourceId,
  { row }: Claim,
  error: unknown,
): Promise<void> {
  const fault =
    error instanceof RemediationError
      ? error
      : new RemediationError('internal-error', `Cannot work on "${root.text}": ${safeCause(error).message}`, {
          cause: error,
        });
  engine.logger.error('Work failed', { root: root.key, code: fault.code, reason: fault.message });
  await recordUnobservable(engine, root, fault, row.notes[0]?.traceparent);
}
