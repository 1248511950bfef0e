import type { Case } from '../../case/draft.ts';
import { distinctActors, type Rounds, roundsWithin } from '../../case/rounds.ts';
import type { JsonObject } from '../../contract/json.ts';
import { safeCause } from '../../text/safe-cause.ts';
import { isEventOn } from '../look/news.ts';
import { actorsOf } from '../../case/actors-of.ts';
import type { Assessment } from './assessment.ts';
import type { TugOfWar } from './circumstances.ts';
import type { Pending } from './pending.ts';

/** Earlier closings of drifts within the policy's time, by case key, as the case that was closed last hands them on. */
export function roundsIn({ engine }: Assessment, closed: readonly Case[]): ReadonlyMap<string, Rounds> {
  const { withinMs } = engine.policy.limits.tugOfWar;
  const rounds = new Map<string, Rounds>();
  for (const { key, data } of closed) {
    if (data.rounds !== undefined && roundsWithin(data.rounds, withinMs, engine.clock.now()) > 0) {
      rounds.set(key, data.rounds);
    } else {
      rounds.delete(key);
    }
  }
  return rounds;
}

/** Drifts that were closed too often within the policy's time: closing them again repairs nothing for long. */
export async function warsIn(
  assessment: Assessment,
  pending: readonly Pending[],
  earlier: ReadonlyMap<string, Rounds>,
  until: Date,
): Promise<ReadonlyMap<string, TugOfWar>> {
  const { rounds: most, withinMs } = assessment.engine.policy.limits.tugOfWar;
  const wars = new Map<string, TugOfWar>();
  for (const { key, judgement, known } of pending) {
    const rounds = known?.data.rounds ?? earlier.get(key);
    const count = roundsWithin(rounds, withinMs, assessment.engine.clock.now());
    if (rounds !== undefined && count >= most) {
      const writers = await writersOf(assessment, judgement.resource, { rounds, known, until });
      wars.set(key, { rounds: count, closedAt: rounds.closings.at(-1), writers });
    }
  }
  return wars;
}

/** Pause before people are told again of the same drift. */
export const tellEveryMs = 60 * 60_000;

/** The earlier closings of a drift, and its present case. */
interface Fought {
  readonly rounds: Rounds;
  readonly known: Case | undefined;
  readonly until: Date;
}

/** The actors who re-opened a drift: those of the events, or those of the Activity Log if no event names one. */
async function writersOf(
  assessment: Assessment,
  resource: string,
  fought: Fought,
): Promise<readonly JsonObject[]> {
  const { rounds, known } = fought;
  const now = assessment.notes
    .filter((note) => isEventOn(note, resource) && note.actor !== undefined)
    .flatMap(({ actor }) => (actor === undefined ? [] : [actor]));
  const told = distinctActors([...now, ...(known ? actorsOf(known.data.opener) : []), ...rounds.openers]);
  const isTold =
    rounds.toldAt !== undefined && assessment.lookedAt.getTime() - Date.parse(rounds.toldAt) < tellEveryMs;
  return told.length > 0 || isTold ? told : asked(assessment, resource, fought);
}

/** Answers of the Activity Log. An unknown name is no reason to go on: people are told all the same. */
async function asked(
  { engine, lookedAt }: Assessment,
  resource: string,
  { rounds, until }: Fought,
): Promise<readonly JsonObject[]> {
  try {
    const writers = await engine.activity.writersOf(resource, new Date(rounds.since), lookedAt, until);
    return distinctActors(
      writers.filter(
        ({ appId }) => typeof appId !== 'string' || !engine.ownClientIds.includes(appId.toLowerCase()),
      ),
    );
  } catch (error) {
    engine.logger.warning('The Activity Log does not tell who re-opens a drift', {
      resource,
      reason: safeCause(error).message,
    });
    return [];
  }
}
