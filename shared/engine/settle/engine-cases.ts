import type { Look } from '../../contract/observer.ts';
import { timestamp } from '../../clock.ts';
import { caseKey } from '../../ledger/format/keys.ts';
import { isSameResource } from '../../resource-id.ts';
import type { Note } from '../../work/work.ts';
import type { Case, Draft } from '../../case/draft.ts';
import { readCases } from '../../case/draft.ts';
import { resourceObservable, serviceIdentityAccountedFor } from '../../contract/engine-controls.ts';
import type { OwnRequest } from '../look/notes.ts';
import type { Seen } from '../look/look-at-root.ts';
import type { PassInput } from '../pass/pass.ts';
import { openEngineCase, reportUnobservable } from '../pass/record-fault.ts';
import { closeCase } from './close-case.ts';

/** One 404 proves little: so long after the first one, in milliseconds, a second one does. */
const missingMs = 10_000;

/**
 * Closes cases of resources that are not there any more; with the root go all of its children. Without the event of a
 * delete it takes two looks. True when something is missing and not yet known to be gone.
 */
export function closeWhatIsGone(
  { engine, root, claim }: PassInput,
  draft: Draft,
  look: Look,
  cases: ReadonlyMap<string, Case>,
  notes: readonly Note[],
): boolean {
  const now = engine.clock.now().getTime();
  const wasDeleted = (id: string): boolean =>
    notes.some(
      ({ resource, operation }) => /\/delete$/i.test(operation ?? '') && isSameResource(resource, id),
    );
  let isMissing = claim.row.notes.some(
    ({ resource, time, operation }) =>
      look.gone.has(resource.toLowerCase()) &&
      /\/write$/i.test(operation ?? '') &&
      now - Date.parse(time) < earlyMs,
  );
  for (const subject of cases.values()) {
    const key = subject.data.resource.toLowerCase();
    const isGone =
      look.gone.has(root.key) ||
      look.gone.has(key) ||
      (look.hasAllChildren && key !== root.key && !look.children.has(key));
    if (subject.state === 'closed' || subject.data.control === serviceIdentityAccountedFor) {
      continue;
    }
    const { missingSince } = subject.data;
    if (!isGone) {
      const isThere = look.children.has(key) || (key === root.key && look.root !== undefined);
      if (missingSince !== undefined && isThere) {
        // Said and kept: the next 404 is the first one again.
        draft.move(subject, 'case-observed', { missing: false }, { missingSince: undefined });
      }
    } else if (
      wasDeleted(root.text) ||
      wasDeleted(key) ||
      now - Date.parse(missingSince ?? '') >= missingMs
    ) {
      closeCase(draft, subject, 'gone', { observedAt: look.startedAt.toISOString() }, engine.clock);
    } else {
      isMissing = true;
      if (missingSince === undefined) {
        draft.move(subject, 'case-observed', { missing: true }, { missingSince: timestamp(engine.clock) });
      }
    }
  }
  return isMissing;
}

/** A resource that is not there so soon after it was written is looked at again, in milliseconds. */
const earlyMs = 120_000;

/** Reports bodies that no remediator could read, and closes the case of every resource that can be read again. */
export function settleObservable(
  { engine, root }: PassInput,
  draft: Draft,
  cases: Map<string, Case>,
  { look, unreadable }: Seen,
): void {
  const stillUnreadable = new Set(unreadable.map(({ resource }) => resource.toLowerCase()));
  for (const subject of [...cases.values()].filter(({ data }) => data.control === resourceObservable)) {
    const key = subject.data.resource.toLowerCase();
    const wasRead =
      ((key === root.key && look.root !== undefined) || look.children.has(key)) &&
      (subject.data.needsWalk !== true || look.hasAllChildren);
    if (wasRead && !stillUnreadable.has(key) && subject.state !== 'closed') {
      closeCase(draft, subject, 'in-sync', {}, engine.clock);
    }
  }
  for (const { resource, error } of unreadable) {
    reportUnobservable(engine, root, draft, cases, resource, error);
  }
}

/** A write by our identity without an intent is somebody using it: a critical case that only people close. */
export function reportUnexplained(
  { engine, root }: PassInput,
  draft: Draft,
  cases: Map<string, Case>,
  notes: readonly Note[],
): void {
  const key = caseKey(root.key, root.text, serviceIdentityAccountedFor);
  const about = { resource: root.text, control: serviceIdentityAccountedFor, severity: 'critical' } as const;
  for (const { id, time, operation, actor } of notes) {
    const known = cases.get(key);
    if (known?.data.events?.includes(id) === true) {
      continue;
    }
    const payload = {
      event: id,
      time,
      ...(operation === undefined ? {} : { operation }),
      ...(actor === undefined ? {} : { writer: actor }),
    };
    const events = [...(known?.data.events ?? []), id].slice(-mostEvents);
    if (known !== undefined) {
      draft.move(known, 'case-observed', payload, { events });
      continue;
    }
    const subject = openEngineCase(engine, draft, root, about, payload);
    const hold = { reason: 'unattributed', at: timestamp(engine.clock) } as const;
    draft.move(subject, 'case-held', { reason: 'unattributed' }, { hold, events });
    cases.set(key, subject);
  }
}

/** Events that a case remembers, so that none is told twice. */
const mostEvents = 50;

/** How far back closed cases are asked for the request id of an echo, in milliseconds: Event Grid retries for a day. */
const echoHorizonMs = 7 * 24 * 60 * 60 * 1_000;

/** The intent on this root that carries the id of a request. */
export async function ownRequest(
  { engine, root }: PassInput,
  open: ReadonlyMap<string, Case>,
  requestId: string,
): Promise<OwnRequest | undefined> {
  const isOf = ({ data }: Case): boolean => data.requestIds.includes(requestId);
  const since = new Date(engine.clock.now().getTime() - echoHorizonMs);
  const found =
    [...open.values()].find(isOf) ??
    readCases(await engine.ledger.closedCases(root.subscriptionId, root.key, since)).cases.find(isOf);
  return found === undefined ? undefined : { resource: found.data.resource, appliedAt: found.data.appliedAt };
}
