import type { Look } from '../azure/observers/observer.ts';
import { timestamp } from '../clock.ts';
import type { RemediationError } from '../errors.ts';
import { isTransient } from '../errors.ts';
import { caseKey } from '../ledger/format/keys.ts';
import { isSameResource } from '../resource-id.ts';
import type { Case } from './draft.ts';
import { casesOf, Draft } from './draft.ts';
import type { Judgement } from './evaluate.ts';
import { evaluate } from './evaluate.ts';
import type { WriteResult } from './execute.ts';
import { execute, transientOf } from './execute.ts';
import type { Write } from './merge.ts';
import type { PassInput } from './pass.ts';
import { closeCase, failCase } from './settle.ts';

/** What carrying out left: the second transaction, and what has to follow it. */
export interface CarriedOut {
  readonly draft: Draft;
  /** The look after the writes; undefined when none took effect. */
  readonly look: Look | undefined;
  readonly verifyLater: boolean;
  /** Whether the look after shows a drift of which no case tells. */
  readonly isNews: boolean;
  /** Writes that may have taken effect or not: their cases stay in `changing`, to be resumed. */
  readonly transient: RemediationError | undefined;
}

/** Writes, looks again, and drafts how each case ended. HTTP 200 proves nothing: the resource has to be in sync. */
export async function carryOut(input: PassInput, writes: readonly Write[]): Promise<CarriedOut> {
  const { engine, observer, root, claim } = input;
  const results = await execute(engine, writes, claim.until);
  const applied = results.filter(({ error }) => error === undefined);
  // The first transaction moved the rows: their versions are read again, while Azure is asked.
  const [look, view] = await Promise.all([
    applied.length === 0 ? undefined : lookAfter(input, applied),
    engine.ledger.readRoot(root.subscriptionId, root.key),
  ]);
  const cases = casesOf(view);
  const judgements = look === undefined ? [] : evaluate(engine.remediators, observer, look).judgements;
  const draft = new Draft(claim.row.notes[0]?.traceparent);
  let verifyLater = false;
  for (const result of results) {
    const subject = cases.get(result.subject.key);
    if (subject?.state === 'changing') {
      verifyLater = settleResult(input, draft, subject, result, judgements, look) || verifyLater;
    }
  }
  return {
    draft,
    look,
    verifyLater,
    isNews: judgements.some((judgement) => isUnknownDrift(judgement, cases, input)),
    transient: transientOf(results),
  };
}

/** Reads again exactly what was written. */
function lookAfter({ observer, root, claim }: PassInput, applied: readonly WriteResult[]): Promise<Look> {
  const ids = applied.map(({ subject }) => subject.data.resource);
  const children = [...new Set(ids.filter((id) => !isSameResource(id, root.text)))];
  const isRootWritten = ids.some((id) => isSameResource(id, root.text));
  return observer.look(root, { root: isRootWritten, children, allChildren: false }, claim.until);
}

/** Drafts how the write of one case ended; true when it has to be verified later. */
function settleResult(
  { engine }: PassInput,
  draft: Draft,
  subject: Case,
  { error, requestId }: WriteResult,
  judgements: readonly Judgement[],
  look: Look | undefined,
): boolean {
  if (error !== undefined) {
    settleRefusal(engine, draft, subject, error);
    return false;
  }
  draft.move(subject, 'change-applied', { requestId }, { appliedAt: timestamp(engine.clock) });
  const judgement = judgements.find((candidate) => isAbout(candidate, subject));
  if (isSettled(judgement)) {
    closeCase(draft, subject, 'in-sync', { observedAt: look?.startedAt.toISOString() ?? '' });
    return false;
  }
  if (look?.gone.has(subject.data.resource.toLowerCase()) === true) {
    closeCase(draft, subject, 'gone', {});
    return false;
  }
  return true;
}

function settleRefusal(
  engine: PassInput['engine'],
  draft: Draft,
  subject: Case,
  error: RemediationError,
): void {
  if (isTransient(error)) {
    return;
  }
  if (error.code === 'resource-gone') {
    closeCase(draft, subject, 'gone', {});
  } else if (error.code === 'resource-locked') {
    draft.move(subject, 'change-withdrawn', { reason: error.message });
    draft.move(
      subject,
      'case-held',
      { reason: 'locked', detail: error.message },
      { hold: { reason: 'locked', at: timestamp(engine.clock) } },
    );
  } else {
    failCase(draft, subject, error, engine.clock);
  }
}

function isSettled(judgement: Judgement | undefined): boolean {
  return judgement?.finding.kind === 'in-sync' || judgement?.finding.kind === 'not-applicable';
}

function isAbout({ resource, remediator }: Judgement, subject: Case): boolean {
  return isSameResource(resource, subject.data.resource) && remediator.meta.id === subject.data.control;
}

function isUnknownDrift(
  { finding, resource, remediator }: Judgement,
  cases: ReadonlyMap<string, Case>,
  { engine, root }: PassInput,
): boolean {
  if (finding.kind !== 'drifted' || cases.has(caseKey(root.key, resource, remediator.meta.id))) {
    return false;
  }
  const { id, defaultMode, severity } = remediator.meta;
  return engine.policy.modeOf({ control: id, defaultMode, resource, severity }).mode !== 'off';
}
