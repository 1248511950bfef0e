import { isSameResource } from '../../resource-id.ts';
import type { Note } from '../../work/work.ts';
import type { Allowance } from '../guards/allowance.ts';
import type { Baseline } from '../../case/baseline.ts';
import type { Case } from '../../case/draft.ts';
import type { Engine } from '../engine.ts';
import type { Facts } from './facts.ts';

/** What a look is judged against. */
export interface Assessment {
  readonly engine: Engine;
  readonly root: string;
  readonly cases: ReadonlyMap<string, Case>;
  /** Notes of the row that are not echoes of our own writes. */
  readonly notes: readonly Note[];
  readonly baseline: Baseline | undefined;
  /** When each resource was last observed before this look, by lower-case id. */
  readonly observed: Readonly<Record<string, string>>;
  /** Whether notes gave way to newer ones, so that not every write is known. */
  readonly hasLostNotes: boolean;
  readonly lookedAt: Date;
  /** What the hour's budgets still hold; used up as changes are decided. */
  readonly allowance: Allowance;
  /** What the guardrails need to know. */
  readonly facts: Facts;
}

/** What has to be done once the draft is committed. */
export interface ToDo {
  /** Cases in `changing` whose next step has to be carried out. */
  readonly execute: Case[];
  /** The soonest moment at which something has to be looked at again. */
  wakeAt: Date | undefined;
  /** Whether a drift of the root itself was not known before. */
  isRootNews: boolean;
}

/** Asks for another look at that moment, or sooner. */
export function wakeBy(todo: ToDo, moment: Date): void {
  todo.wakeAt = todo.wakeAt === undefined || moment < todo.wakeAt ? moment : todo.wakeAt;
}

/** The look that a person, or the news of a lock, asked for after a moment; undefined where none did. */
export function lookAskedSince(
  { notes }: Pick<Assessment, 'notes'>,
  moment: string | undefined,
): Note | undefined {
  return notes.findLast(({ source, time }) => source === 'look' && (moment === undefined || time > moment));
}

/** Whether an event, and no walk of ours, tells of a resource. */
export function isEventOn({ source, resource }: Note, id: string): boolean {
  return (
    (source === 'event' || source === 'notification' || source === 'dead-letter') &&
    isSameResource(resource, id)
  );
}
