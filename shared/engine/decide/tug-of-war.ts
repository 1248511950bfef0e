import { canonicalJson } from '../../ledger/format/json.ts';
import { safeCause } from '../../text/safe-cause.ts';
import { actorsOf } from './actors-of.ts';
import type { Assessment } from './assessment.ts';
import { isEventOn } from '../look/news.ts';
import type { Case } from '../../case/draft.ts';
import type { Pending } from './pending.ts';
import type { TugOfWar } from './circumstances.ts';
import type { JsonObject } from '../../contract/json.ts';

/** Drifts that were closed too often within the policy's time: closing them again would repair nothing. */
export async function warsIn(
  assessment: Assessment,
  pending: readonly Pending[],
  closed: readonly Case[],
  until: Date,
): Promise<ReadonlyMap<string, TugOfWar>> {
  const { rounds, withinMs } = assessment.engine.policy.limits.tugOfWar;
  const since = new Date(assessment.engine.clock.now().getTime() - withinMs).toISOString();
  const wars = new Map<string, TugOfWar>();
  for (const { key, judgement, known } of pending) {
    const fixed = closed.filter(
      (row) => row.key === key && row.data.closed === 'fixed' && closedAt(row) >= since,
    );
    if (fixed.length >= rounds) {
      const writers = await writersOf(
        assessment,
        judgement.resource,
        [...fixed, ...(known ? [known] : [])],
        until,
      );
      wars.set(key, { rounds: fixed.length, writers });
    }
  }
  return wars;
}

/** The time of a case's end. A fixed case was closed as soon as the write was known to have been applied. */
function closedAt({ data }: Case): string {
  return data.appliedAt ?? data.firstSeenDrifted;
}

/** Most writers that are named. */
const mostWriters = 10;

/** The actors who re-opened a drift: those of the events, or those of the Activity Log if no event names one. */
async function writersOf(
  assessment: Assessment,
  resource: string,
  rounds: readonly Case[],
  until: Date,
): Promise<readonly JsonObject[]> {
  const now = assessment.notes
    .filter((note) => isEventOn(note, resource) && note.actor !== undefined)
    .flatMap(({ actor }) => (actor === undefined ? [] : [actor]));
  const told = distinct([...now, ...rounds.flatMap(({ data }) => actorsOf(data.opener))]);
  return told.length > 0 ? told : asked(assessment, resource, rounds, until);
}

/** Answers of the Activity Log. An unknown name is no reason to go on: the drift is held all the same. */
async function asked(
  { engine, lookedAt }: Assessment,
  resource: string,
  rounds: readonly Case[],
  until: Date,
): Promise<readonly JsonObject[]> {
  const times = rounds.map(({ data }) => data.lastSeenInSync ?? data.firstSeenDrifted).sort();
  const from = new Date(times[0] ?? lookedAt);
  try {
    const writers = await engine.activity.writersOf(resource, from, lookedAt, until);
    return distinct(
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

/** Distinct actors, ignoring key order. Empty actors are dropped. */
function distinct(actors: readonly JsonObject[]): readonly JsonObject[] {
  const known = actors.filter((actor) => Object.keys(actor).length > 0);
  return [...new Map(known.map((actor) => [canonicalJson(actor), actor])).values()].slice(0, mostWriters);
}
