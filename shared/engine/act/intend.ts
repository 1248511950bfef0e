import type { Draft } from '../../case/draft.ts';
import { timestamp } from '../../clock.ts';
import type { Engine } from '../engine.ts';
import type { PassInput } from '../pass-input.ts';
import type { Uncommitted } from './commit.ts';
import { commit } from './commit.ts';
import type { Write } from './merge.ts';

/**
 * Drafts the intents of writes. No change is started unless its intent is in the ledger, whole, with the id of the
 * request that will carry it out.
 */
export function draftIntents({ clock }: Pick<Engine, 'clock'>, draft: Draft, writes: readonly Write[]): void {
  const intendedAt = timestamp(clock);
  for (const { parts, requestId } of writes) {
    for (const { subject } of parts.filter(({ subject }) => subject.state === 'open')) {
      const { approval, requestIds, reserve, change = null } = subject.data;
      const approved = approval === undefined ? {} : { approval };
      draft.move(
        subject,
        'change-intended',
        { change, requestId, mergedWith: parts.length - 1, ...approved },
        {
          requestIds: [...requestIds, requestId],
          intendedAt: approval === undefined && reserve === undefined ? intendedAt : undefined,
          otherWriters: undefined,
        },
      );
    }
  }
}

/** Commits the intents that start changes; the tenant's count includes them at once. */
export async function commitIntents(
  { engine, root }: PassInput,
  draft: Draft,
  changes: number,
): Promise<Uncommitted | undefined> {
  const taken = engine.tenantBudget.take(changes);
  let refused: Uncommitted | undefined;
  try {
    refused = await commit(engine, root, draft);
    return refused;
  } finally {
    // When the answer is lost, the changes may have been started.
    taken.settle(refused === undefined);
  }
}
