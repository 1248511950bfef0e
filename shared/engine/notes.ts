import type { Wanted } from '../azure/observers/observer.ts';
import type { ResourceId } from '../resource-id.ts';
import { isSameResource } from '../resource-id.ts';
import type { Note } from '../work/work.ts';
import type { Case } from './draft.ts';

/** What the notes of a row mean. */
export interface Sorted {
  /** Writes by others, and reasons of our own to look. */
  readonly toSee: readonly Note[];
  /** Events that our own writes raised. */
  readonly echoes: readonly Note[];
  /** Writes by our own identity that no intent explains: somebody else uses it. */
  readonly unexplained: readonly Note[];
}

/** Our own write is recognised by the id of its request, never by our identity. */
export async function sortNotes(
  notes: readonly Note[],
  ownClientIds: readonly string[],
  isOwnRequest: (requestId: string) => Promise<boolean>,
): Promise<Sorted> {
  const toSee: Note[] = [];
  const echoes: Note[] = [];
  const unexplained: Note[] = [];
  for (const note of notes) {
    const isOwnIdentity = ownClientIds.includes(textOf(note.actor?.appId));
    if (!isOwnIdentity) {
      toSee.push(note);
    } else if (note.requestId !== undefined && (await isOwnRequest(note.requestId))) {
      echoes.push(note);
    } else {
      unexplained.push(note);
    }
  }
  return { toSee, echoes, unexplained };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase() : '';
}

/** States in which a case has something under way. */
const activeStates: readonly string[] = ['open', 'changing', 'waiting', 'verifying'];

/**
 * What has to be read because of notes and open cases. Cases that wait for people or stand on hold are looked at
 * when an event names their resource, and on a wake or a walk.
 */
export function wantedOf(
  root: ResourceId,
  notes: readonly Note[],
  cases: readonly Case[],
  { isWake, allChildren }: { readonly isWake: boolean; readonly allChildren: boolean },
): Wanted {
  const relevant = cases.filter(({ state }) => isWake || activeStates.includes(state));
  const named = [...notes.map(({ resource }) => resource), ...relevant.map(({ data }) => data.resource)];
  const children = new Map(
    named.filter((id) => !isSameResource(id, root.text)).map((id) => [id.toLowerCase(), id] as const),
  );
  const isWalk = notes.some(({ source }) => source === 'baseline' || source === 'sweep');
  return {
    root: isWake || isWalk || allChildren || named.some((id) => isSameResource(id, root.text)),
    children: [...children.values()],
    allChildren: isWalk || allChildren,
  };
}

/** Whether anything is wanted at all. */
export function wantsAnything(wanted: Wanted): boolean {
  return wanted.root || wanted.allChildren || wanted.children.length > 0;
}
