import type { Note } from '../../work/work.ts';
import { isEventOn } from '../decide/assessment.ts';
import type { Opener } from '../../case/case-data.ts';

/**
 * Says who opened a drift, from the writes to the resource in the interval in which it opened.
 * `proven` takes an interval that begins at an observation of ours and holds exactly one write, whose caller is known.
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
