import type { Baseline } from '../../case/baseline.ts';
import type { Case } from '../../case/draft.ts';
import { isDrift, type Judgement } from '../../contract/judgement.ts';
import { caseKey } from '../../ledger/format/keys.ts';
import { isSameResource, type ResourceId } from '../../resource-id.ts';
import type { Note } from '../../work/work.ts';
import type { Engine } from '../engine.ts';
import { isEventOn } from '../look/news.ts';

/** A sweep that read a root, and the basis of its judgements. */
export type LastSweep = Pick<Baseline, 'controls' | 'policy' | 'hasOff'> & {
  /** The root was in sync then, or later, in every control without an open case. */
  readonly seenAt: string;
};

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
