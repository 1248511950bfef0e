import { timestamp } from '../../clock.ts';
import type { Case, Draft } from '../../case/draft.ts';
import { serviceIdentityAccountedFor } from '../../contract/engine-controls.ts';
import type { Look } from '../../contract/observer.ts';
import { isSameResource } from '../../resource-id.ts';
import type { Note } from '../../work/work.ts';
import type { PassInput } from '../pass-input.ts';
import { closeGone } from './close-case.ts';

/** A resource counts as gone only if it still answers 404 this long after the first 404. */
const missingMs = 10_000;

/** A resource that answers 404 this soon after it was written is looked at again. */
const earlyMs = 120_000;

/** The evidence that resources are gone. */
interface GoneBy {
  readonly draft: Draft;
  readonly look: Look;
  readonly notes: readonly Note[];
}

/**
 * Closes cases of resources that no longer exist; with the root go all of its children. Without the event of a delete
 * it takes two looks. True when a resource is missing and not yet known to be gone.
 */
export function closeWhatIsGone(input: PassInput, by: GoneBy, cases: ReadonlyMap<string, Case>): boolean {
  let isMissing = isJustWritten(input, by.look);
  for (const subject of cases.values()) {
    if (subject.state === 'closed' || subject.data.control === serviceIdentityAccountedFor) {
      continue;
    }
    if (isAbsent(input, by.look, subject)) {
      isMissing = closeOrAwait(input, by, subject) || isMissing;
    } else {
      notePresence(input, by, subject);
    }
  }
  return isMissing;
}

/** True if a resource answers 404 though an event says that it was written just now. */
function isJustWritten({ engine, claim }: PassInput, { gone }: Look): boolean {
  const now = engine.clock.now().getTime();
  return claim.row.notes.some(
    ({ resource, time, operation }) =>
      gone.has(resource.toLowerCase()) &&
      /\/write$/i.test(operation ?? '') &&
      now - Date.parse(time) < earlyMs,
  );
}

function isAbsent({ root }: PassInput, look: Look, { data }: Case): boolean {
  const key = data.resource.toLowerCase();
  return (
    look.gone.has(root.key) ||
    look.gone.has(key) ||
    (look.hasAllChildren && key !== root.key && !look.children.has(key))
  );
}

/** Closes the case of an absent resource; true when the 404 has to be seen once more first. */
function closeOrAwait({ engine, root }: PassInput, { draft, look, notes }: GoneBy, subject: Case): boolean {
  const { missingSince, resource } = subject.data;
  const isLongMissing = engine.clock.now().getTime() - Date.parse(missingSince ?? '') >= missingMs;
  if (isLongMissing || wasDeleted(notes, root.text) || wasDeleted(notes, resource)) {
    closeGone(draft, subject, { observedAt: look.startedAt.toISOString() });
    return false;
  }
  if (missingSince === undefined) {
    draft.move(subject, 'case-observed', { missing: true }, { missingSince: timestamp(engine.clock) });
  }
  return true;
}

function wasDeleted(notes: readonly Note[], id: string): boolean {
  return notes.some(
    ({ resource, operation }) => /\/delete$/i.test(operation ?? '') && isSameResource(resource, id),
  );
}

/** Forgets the first 404 of a resource that exists again: the next 404 counts as the first. */
function notePresence({ root }: PassInput, { draft, look }: GoneBy, subject: Case): void {
  const key = subject.data.resource.toLowerCase();
  const isThere = look.children.has(key) || (key === root.key && look.root !== undefined);
  if (subject.data.missingSince !== undefined && isThere) {
    draft.move(subject, 'case-observed', { missing: false }, { missingSince: undefined });
  }
}
