import { RemediationError } from '../../errors.ts';
import { caseKey } from '../../ledger/format/keys.ts';
import type { ResourceId } from '../../resource-id.ts';
import { safeCause } from '../../text/safe-cause.ts';
import type { Claim } from '../../work/work.ts';
import { commit } from '../act/commit.ts';
import type { Case } from '../../case/draft.ts';
import { casesOf, Draft } from '../../case/draft.ts';
import type { Engine } from '../engine.ts';
import { resourceObservable } from '../../contract/engine-controls.ts';
import type { UnexplainedWrite } from '../../ledger/format/payload-parts.ts';
import { failCase } from '../settle/close-case.ts';

/** Opens a case of one of the engine's own controls. */
export function openEngineCase(
  engine: Pick<Engine, 'clock'>,
  draft: Draft,
  root: ResourceId,
  subject: { readonly resource: string; readonly control: string; readonly severity: 'high' | 'critical' },
  payload: Partial<UnexplainedWrite> = {},
): Case {
  const now = engine.clock.now().toISOString();
  return draft.open(
    {
      root: root.key,
      ...subject,
      witnessed: false,
      firstSeenDrifted: now,
      opener: { grade: 'unknown' },
      differences: [],
      requestIds: [],
    },
    { severity: subject.severity, firstSeenDrifted: now, ...payload },
    engine.clock,
  );
}

/** Opens the engine's own case on a resource that cannot be observed; says nothing when it would say the same. */
export function reportUnobservable(
  engine: Pick<Engine, 'clock'>,
  root: ResourceId,
  draft: Draft,
  cases: Map<string, Case>,
  resource: string,
  error: RemediationError,
  needsWalk = false,
): void {
  const key = caseKey(root.key, resource, resourceObservable);
  const known = cases.get(key);
  const failure = known?.data.failure;
  const isSaid = failure?.code === error.code && failure.action === error.action;
  if (known !== undefined && isSaid && (known.data.needsWalk === true || !needsWalk)) {
    return;
  }
  const subject =
    known ?? openEngineCase(engine, draft, root, { resource, control: resourceObservable, severity: 'high' });
  if (subject.state === 'failed') {
    draft.move(subject, 'case-reconsidered', {});
  }
  failCase(draft, subject, error, engine.clock);
  subject.data = { ...subject.data, ...(needsWalk ? { needsWalk } : {}) };
  cases.set(key, subject);
}

/** Records a fault that no retry mends, so that it ends as a failed case and not in a log. */
export async function recordFault(
  engine: Engine,
  root: ResourceId,
  claim: Claim,
  error: unknown,
): Promise<void> {
  const fault =
    error instanceof RemediationError
      ? error
      : new RemediationError('internal-error', `Cannot work on "${root.text}": ${safeCause(error).message}`, {
          cause: error,
        });
  engine.logger.error('Work failed', { root: root.key, code: fault.code, reason: fault.message });
  const view = await engine.ledger.readRoot(root.subscriptionId, root.key);
  const cases = casesOf(view);
  const draft = new Draft(claim.row.notes[0]?.traceparent);
  // The notes go with the fault: whatever they named is found by a walk over everything.
  reportUnobservable(engine, root, draft, cases, root.text, fault, true);
  await commit(engine, root, draft);
}
