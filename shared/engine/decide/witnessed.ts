import { holdsUnder, type Baseline } from '../../case/baseline.ts';
import type { Case } from '../../case/draft.ts';
import { resourceObservable } from '../../contract/engine-controls.ts';
import { isDrift, type Judgement } from '../../contract/judgement.ts';
import { caseKey } from '../../ledger/format/keys.ts';
import { isSameResource, type ResourceId } from '../../resource-id.ts';
import type { Note } from '../../work/work.ts';
import type { Engine } from '../engine.ts';
import { isEventOn } from '../look/news.ts';
import type { Assessment } from './assessment.ts';

/** A sweep that read a root, and what it judged by. */
export type LastSweep = Pick<Baseline, 'controls' | 'policy' | 'hasOff'> & {
  /** The root was in sync then, or later, in every control without an open case. */
  readonly seenAt: string;
};

/**
 * A drift is witnessed if everything was seen once (the baseline covers the control and the root could be read), and
 * either an event named this very resource, or the last sweep read it and left no case: then it was in sync. Any other
 * drift that a walk finds, or a look at another resource, may have existed for a long time.
 */
export function isWitnessed(assessment: Assessment, resource: string, control: string): boolean {
  const { engine, root, cases, baseline, swept, notes } = assessment;
  const isUnreadable = [...cases.values()].some(({ data }) => data.control === resourceObservable);
  const covers = (seen: Pick<Baseline, 'controls' | 'policy' | 'hasOff'> | undefined): boolean =>
    seen?.controls.includes(control) === true && holdsUnder(seen, engine.policy);
  return (
    covers(baseline) &&
    !isUnreadable &&
    (notes.some((note) => isEventOn(note, resource)) || (isSameResource(resource, root) && covers(swept)))
  );
}

/** The age that a body of Resource Graph may have. */
const lagMs = 10 * 60_000;

/**
 * The last whole sweep that read a root. Asked for only if the root drifts without a case and without an event. No sweep
 * reads the children of a root that is closed.
 */
export async function lastSweep(
  { sweeps }: Pick<Engine, 'sweeps'>,
  root: ResourceId,
  {
    cases,
    notes,
    judgements,
  }: {
    readonly cases: ReadonlyMap<string, Case>;
    readonly notes: readonly Note[];
    readonly judgements: readonly Judgement[];
  },
): Promise<LastSweep | undefined> {
  const isNew = judgements.some(
    (judgement) =>
      isDrift(judgement) &&
      isSameResource(judgement.resource, root.text) &&
      !cases.has(caseKey(root.key, judgement.resource, judgement.remediator.meta.id)),
  );
  if (!isNew || notes.some((note) => isEventOn(note, root.text))) {
    return undefined;
  }
  const swept = await sweeps.lastRead(root);
  return swept && { ...swept.basis, seenAt: new Date(Date.parse(swept.startedAt) - lagMs).toISOString() };
}
