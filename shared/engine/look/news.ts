import { isSameResource } from '../../resource-id.ts';
import type { Note } from '../../work/work.ts';

/** True if an event tells of a resource, rather than a walk of Leakstop. */
export function isEventOn({ source, resource }: Note, id: string): boolean {
  return (
    (source === 'event' || source === 'notification' || source === 'dead-letter') &&
    isSameResource(resource, id)
  );
}

/** True if somebody wrote to a resource after a moment. Without a moment: if somebody wrote at all. */
export function isNewsSince(notes: readonly Note[], resource: string, moment: string | undefined): boolean {
  return notes.some((note) => isEventOn(note, resource) && (moment === undefined || note.time > moment));
}

/** The look that a person, or the news of a lock, asked for after a moment; undefined where none did. */
export function lookAskedSince(notes: readonly Note[], moment: string | undefined): Note | undefined {
  return notes.findLast(({ source, time }) => source === 'look' && (moment === undefined || time > moment));
}
