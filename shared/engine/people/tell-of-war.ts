import { distinctActors, openSince } from '../../case/rounds.ts';
import type { Case } from '../../case/draft.ts';
import { timestamp } from '../../clock.ts';
import type { TugOfWar } from '../decide/circumstances.ts';
import { tellEveryMs } from '../decide/tug-of-war.ts';
import { measuresAgainst } from './measures.ts';
import type { JudgedDrift } from '../../contract/judgement.ts';
import type { Asking } from './asking.ts';

/**
 * Tells people once an hour of severe exposure that is opened again and again: who opens it, how often it was closed, for
 * which part of the time it stood open, and which measures whoever opens it cannot undo.
 */
export function tellOfWar(
  { assessment, draft, judgement }: Asking & { readonly judgement: JudgedDrift },
  subject: Case,
  war?: TugOfWar,
): void {
  const { clock, policy } = assessment.engine;
  const { rounds, escalated = [], resource } = subject.data;
  const now = clock.now();
  const isTold = rounds?.toldAt !== undefined && now.getTime() - Date.parse(rounds.toldAt) < tellEveryMs;
  if (war === undefined || rounds === undefined || isTold) {
    return;
  }
  const openers = distinctActors([...war.writers, ...rounds.openers]);
  const openNow = now.getTime() - Date.parse(openSince(subject.data));
  const closed = {
    since: rounds.since,
    count: rounds.count,
    openMs: rounds.openMs + Math.max(0, openNow),
    overMs: Math.max(0, now.getTime() - Date.parse(rounds.since)),
  };
  const measures = measuresAgainst(resource, judgement.remediator.meta, openers);
  draft.move(
    subject,
    'case-escalated',
    {
      reason: 'tug-of-war',
      rounds: war.rounds,
      withinMs: policy.limits.tugOfWar.withinMs,
      writers: openers,
      closed,
      measures,
    },
    {
      rounds: { ...rounds, openers, toldAt: timestamp(clock) },
      escalated: [...new Set([...escalated, 'tug-of-war' as const])],
    },
  );
}
