import type { Wanted } from '../../contract/observer.ts';
import type { ResourceId } from '../../resource-id.ts';
import { isSameResource } from '../../resource-id.ts';
import type { Note, WorkRow } from '../../work/work.ts';
import type { Case } from '../../case/draft.ts';
import { isDue } from './next-look.ts';

/** The meaning of the notes of a row. */
export interface Sorted {
  /** Writes by others, and reasons of our own to look. */
  readonly toSee: readonly Note[];
  /** Writes by our own identity that no intent explains: somebody else uses it. */
  readonly unexplained: readonly Note[];
}

/** The facts about one of our own requests. */
export interface OwnRequest {
  /** Lower-case id of the resource that it wrote to. */
  readonly resource: string;
  /** When it was known to have been applied; undefined while that is not known. */
  readonly appliedAt: string | undefined;
}

/** Longest time by which Azure may date our write after our own knowledge of it: clocks differ. */
const clockMarginMs = 120_000;

/**
 * Our own write is recognised by the id of its request, never by our identity. Ids can be read in the Activity Log and
 * be used again, so one explains a write to its own resource at its own time, and a look is saved only when
 * the resource was read after it.
 */
export async function sortNotes(
  { notes, observed }: WorkRow,
  ownClientIds: readonly string[],
  ownRequest: (requestId: string) => Promise<OwnRequest | undefined>,
): Promise<Sorted> {
  const sorted: { toSee: Note[]; unexplained: Note[] } = { toSee: [], unexplained: [] };
  for (const note of notes) {
    if (!ownClientIds.includes(textOf(note.actor?.appId))) {
      sorted.toSee.push(note);
      continue;
    }
    const request = await explanationOf(note, ownRequest);
    if (request === undefined) {
      sorted.unexplained.push(note);
    } else if (note.time > (observed[note.resource.toLowerCase()] ?? '')) {
      // The write is ours, and nothing was read since: the resource is looked at, and nobody is told.
      sorted.toSee.push({ ...note, source: 'wake' });
    }
  }
  return sorted;
}

/** Our request that a note reports, found by its own id or its correlation id: not every event carries both. */
async function explanationOf(
  note: Note,
  ownRequest: (requestId: string) => Promise<OwnRequest | undefined>,
): Promise<OwnRequest | undefined> {
  for (const id of new Set([note.requestId, note.correlationId])) {
    const request = id === undefined ? undefined : await ownRequest(id);
    if (request !== undefined && explains(request, note)) {
      return request;
    }
  }
  return undefined;
}

function explains({ resource, appliedAt }: OwnRequest, note: Note): boolean {
  const isInTime = appliedAt === undefined || Date.parse(note.time) <= Date.parse(appliedAt) + clockMarginMs;
  return isSameResource(resource, note.resource) && isInTime;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase() : '';
}

/** States in which work on a case is under way. */
export const activeStates: readonly string[] = ['open', 'changing', 'waiting', 'verifying'];

/** The parts of a root that have to be read. */
export interface WantedOfRoot extends Wanted {
  /** True if every child is needed, should the root turn out to leave them open. */
  readonly childrenOfOpenRoot: boolean;
}

/**
 * The reads that notes and open cases call for. Cases that wait for people, or are held, are looked at when an event
 * names their resource, when they are due, on a wake or a walk, and when somebody asks for a look. A baseline sees
 * every child once. A sweep, or a look, lists the children of a root that leaves them open: under any other root no
 * child is exposed.
 */
export function wantedOf(
  root: ResourceId,
  notes: readonly Note[],
  cases: readonly Case[],
  {
    isWake,
    allChildren,
    now,
  }: { readonly isWake: boolean; readonly allChildren: boolean; readonly now: Date },
): WantedOfRoot {
  const listsOpen = notes.some(({ source }) => source === 'sweep' || source === 'look');
  const relevant = cases.filter(
    (subject) =>
      isWake ||
      listsOpen ||
      activeStates.includes(subject.state) ||
      subject.data.missingSince !== undefined ||
      isDue(subject, now),
  );
  const named = [...notes.map(({ resource }) => resource), ...relevant.map(({ data }) => data.resource)];
  const children = new Map(
    named.filter((id) => !isSameResource(id, root.text)).map((id) => [id.toLowerCase(), id] as const),
  );
  const isWalk =
    notes.some(({ source }) => source === 'baseline') || cases.some(({ data }) => data.needsWalk === true);
  return {
    root: isWake || isWalk || listsOpen || allChildren || named.some((id) => isSameResource(id, root.text)),
    children: [...children.values()],
    allChildren: isWalk || allChildren,
    childrenOfOpenRoot: listsOpen,
  };
}

/** True if anything is wanted at all. */
export function wantsAnything(wanted: Wanted): boolean {
  return wanted.root || wanted.allChildren || wanted.children.length > 0;
}
