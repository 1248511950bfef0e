import type { Opener } from '../../case/case-data.ts';
import type { Case } from '../../case/draft.ts';
import { isAsKnown } from '../../case/differences.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Note } from '../../work/work.ts';
import { actorsOf } from '../../case/actors-of.ts';
import { isEventOn } from '../look/news.ts';
import type { Matter } from './matter.ts';

/**
 * Names the opener of a drift, from the writes to the resource in the interval in which the drift opened. `proven`
 * takes an interval that begins at an observation of ours and holds exactly one write, whose caller is known.
 */
export function attribute(
  notes: readonly Note[],
  resource: string,
  interval: { readonly after: string | undefined; readonly isObserved: boolean },
): Opener {
  const writes = notes.filter(
    (note) => isEventOn(note, resource) && (interval.after === undefined || note.time > interval.after),
  );
  const [first, ...others] = writes;
  if (first?.actor !== undefined && others.length === 0 && interval.isObserved) {
    return { grade: 'proven', actor: { ...first.actor }, event: first.id };
  }
  const actors = new Map(
    writes.flatMap(({ actor }) =>
      actor === undefined ? [] : [[JSON.stringify(actor), { ...actor }] as const],
    ),
  );
  return actors.size === 0 ? { grade: 'unknown' } : { grade: 'candidates', actors: [...actors.values()] };
}

/** Most candidates kept. Dropping more is safe: leaving a drift open needs two approvers anyway. */
const mostCandidates = 50;

/**
 * Adds everyone to the candidates who wrote while the drift opened, or became another drift, even if the event comes
 * late: they may have caused the drift, and may not decide about it. A writer without an id cannot be recognised, so
 * that nobody is proven any more.
 */
export function noteWriters({ assessment, draft, judgement }: Matter, subject: Case): void {
  const isOther = !isAsKnown(subject, judgement);
  const { resource, opener, firstSeenDrifted, lastSeenInSync = '' } = subject.data;
  const known = actorsOf(opener);
  const names = new Set(known.map((actor) => nameOf(actor)));
  const writers = assessment.notes
    .filter((note) => isEventOn(note, resource) && note.time > lastSeenInSync)
    .filter((note) => isOther || note.time <= firstSeenDrifted)
    .flatMap(({ actor }) => (actor === undefined ? [] : [{ ...actor }]))
    .filter((actor) => !names.has(nameOf(actor)));
  if (writers.length > 0) {
    const actors = [...known, ...new Map(writers.map((actor) => [nameOf(actor), actor])).values()];
    const found = { grade: 'candidates', actors: actors.slice(-mostCandidates) } as const;
    draft.move(subject, 'case-observed', { opener: found }, { opener: found });
  }
}

function nameOf({ objectId, appId, name }: JsonObject): string {
  return JSON.stringify([objectId ?? null, objectId === undefined ? [appId ?? null, name ?? null] : null]);
}
