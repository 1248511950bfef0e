import { timestamp } from '../../clock.ts';
import type { Case, Draft } from '../../case/draft.ts';
import { resourceObservable, serviceIdentityAccountedFor } from '../../contract/engine-controls.ts';
import type { Unreadable } from '../../contract/judgement.ts';
import type { RemediationError } from '../../errors.ts';
import { caseKey } from '../../ledger/format/keys.ts';
import type { UnexplainedWrite } from '../../ledger/format/payload-parts.ts';
import type { ResourceId } from '../../resource-id.ts';
import type { Note } from '../../work/work.ts';
import type { Engine } from '../engine.ts';
import type { Seen } from '../look/seen.ts';
import { closeInSync, failCase } from './close-case.ts';

/** The open cases of a root, with the draft about them. Newly opened cases are added. */
export interface RootCases {
  readonly engine: Pick<Engine, 'clock'>;
  readonly root: ResourceId;
  readonly draft: Draft;
  readonly cases: Map<string, Case>;
}

/** Opens a case of one of the engine's own controls. */
function openOwnCase(
  { engine, root, draft, cases }: RootCases,
  subject: { readonly resource: string; readonly control: string; readonly severity: 'high' | 'critical' },
  payload: Partial<UnexplainedWrite> = {},
): Case {
  const now = engine.clock.now().toISOString();
  const opened = draft.open(
    {
      root: root.key,
      ...subject,
      witnessed: false,
      firstSeenDrifted: now,
      opener: { grade: 'unknown' },
      differences: [],
      requestIds: [],
    },
    { severity: subject.severity, firstSeenDrifted: now, ...payload },
    engine.clock,
  );
  cases.set(opened.key, opened);
  return opened;
}

/** A resource that cannot be observed. */
export interface Unobservable {
  readonly resource: string;
  readonly error: RemediationError;
  /** True if only a walk over everything clears the resource again. */
  readonly needsWalk?: boolean;
}

/**
 * Opens the engine's own case on a resource that cannot be observed; records nothing if the case already says the same.
 */
export function reportUnobservable(
  rootCases: RootCases,
  { resource, error, needsWalk = false }: Unobservable,
): void {
  const { engine, root, draft, cases } = rootCases;
  const known = cases.get(caseKey(root.key, resource, resourceObservable));
  const failure = known?.data.failure;
  const isSaid = failure?.code === error.code && failure.action === error.action;
  if (known !== undefined && isSaid && (known.data.needsWalk === true || !needsWalk)) {
    return;
  }
  const subject =
    known ?? openOwnCase(rootCases, { resource, control: resourceObservable, severity: 'high' });
  if (subject.state === 'failed') {
    draft.move(subject, 'case-reconsidered', {});
  }
  failCase(draft, subject, error, engine.clock);
  subject.data = { ...subject.data, ...(needsWalk ? { needsWalk } : {}) };
}

/** Reports bodies that no remediator could read, and closes the case of every resource that can be read again. */
export function settleObservable(rootCases: RootCases, { look, unreadable }: Seen): void {
  closeObservable(rootCases, look, unreadable);
  for (const found of unreadable) {
    reportUnobservable(rootCases, found);
  }
}

function closeObservable(
  { engine, root, draft, cases }: RootCases,
  look: Seen['look'],
  unreadable: readonly Unreadable[],
): void {
  const stillUnreadable = new Set(unreadable.map(({ resource }) => resource.toLowerCase()));
  for (const subject of [...cases.values()].filter(({ data }) => data.control === resourceObservable)) {
    const key = subject.data.resource.toLowerCase();
    const wasRead =
      ((key === root.key && look.root !== undefined) || look.children.has(key)) &&
      (subject.data.needsWalk !== true || look.hasAllChildren);
    if (wasRead && !stillUnreadable.has(key) && subject.state !== 'closed') {
      closeInSync(draft, subject, {}, engine.clock);
    }
  }
}

/** Most events that a case remembers, so that no event is told twice. */
const mostEvents = 50;

/**
 * A write by our identity without an intent means that somebody else uses the identity: a critical case that only
 * people close.
 */
export function reportUnexplained(rootCases: RootCases, notes: readonly Note[]): void {
  const { engine, root, draft, cases } = rootCases;
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
    const subject = openOwnCase(rootCases, about, payload);
    const hold = { reason: 'unattributed', at: timestamp(engine.clock) } as const;
    draft.move(subject, 'case-held', { reason: 'unattributed' }, { hold, events });
  }
}
