import type { Case } from '../../case/draft.ts';
import type { News, Note } from '../../work/work.ts';
import { safeCause } from '../../text/safe-cause.ts';
import { isEventOn } from './news.ts';
import type { PassInput } from '../pass-input.ts';
import type { JsonObject } from '../../contract/json.ts';

/** A time in which we did not look: only events tell what others wrote to the resource meanwhile. */
export interface Unseen {
  /** When the look began on which our write rests. */
  readonly after: Date;
  /** When our write was answered. */
  readonly until: Date;
}

/** Most writers that are named. */
const mostWriters = 10;

/** News on the row since the claim was taken; undefined if the row cannot be read. */
export async function readNews({
  engine,
  claim,
}: Pick<PassInput, 'engine' | 'claim'>): Promise<News | undefined> {
  try {
    return await engine.work.newsFor(claim);
  } catch (error) {
    const { message } = safeCause(error);
    engine.logger.warning('Cannot tell who else wrote', { root: claim.row.root, reason: message });
    return undefined;
  }
}

/** True if somebody else may have written to a resource since a look at it began. Not knowing counts as true. */
export function mayHaveChanged(
  news: News | undefined,
  resource: string,
  lookedAt: Date,
  own: OwnWrites,
): boolean {
  return (
    news === undefined ||
    news.isCut ||
    news.notes.some((note) => isByOthers(note, resource, own, news) && note.time > lookedAt.toISOString())
  );
}

/**
 * Everybody else who wrote to a resource in a time in which we did not look, without duplicates; `{}` stands for a
 * writer whom the event does not name. The writers are candidates: an event says that somebody wrote, and not what.
 */
export function otherWriters(
  news: News | undefined,
  resource: string,
  { after, until }: Unseen,
  own: OwnWrites,
): readonly JsonObject[] {
  const writes = (news?.notes ?? []).filter(
    (note) =>
      // A notification names nobody: it may report our own write.
      note.source !== 'notification' &&
      isByOthers(note, resource, own, news) &&
      note.time > after.toISOString() &&
      note.time <= until.toISOString(),
  );
  const actors = new Map(writes.map(({ actor = {} }) => [JSON.stringify(actor), actor] as const));
  return [...actors.values()].slice(0, mostWriters);
}

/** The marks by which our own writes are recognised. */
export interface OwnWrites {
  /** Client ids of our own identities, lower case. */
  readonly clientIds: readonly string[];
  readonly requestIds: readonly string[];
}

/** The marks of our writes about some cases. */
export function ownWrites({ engine }: Pick<PassInput, 'engine'>, cases: readonly Case[]): OwnWrites {
  return {
    clientIds: engine.ownClientIds,
    requestIds: cases.flatMap(({ data }) => data.requestIds),
  };
}

/** An id alone does not make a write ours: ids can be read in the Activity Log, and be used again by somebody else. */
function isByOthers(
  note: Note,
  resource: string,
  { clientIds, requestIds }: OwnWrites,
  news: News | undefined,
): boolean {
  const { actor, requestId = '', correlationId = '' } = note;
  const isOurId = [requestId, correlationId].some(
    (id) => requestIds.includes(id) || news?.writes.includes(id) === true,
  );
  const appId = actor?.appId;
  const isOurs =
    actor === undefined || (typeof appId === 'string' && clientIds.includes(appId.toLowerCase()));
  return isEventOn(note, resource) && !(isOurId && isOurs);
}
