import type { Look } from '../azure/observers/observer.ts';
import { timestamp } from '../clock.ts';
import { caseKey } from '../ledger/format/keys.ts';
import type { ResourceId } from '../resource-id.ts';
import type { Note } from '../work/work.ts';
import type { Case, Draft } from './draft.ts';
import { caseOf } from './draft.ts';
import { engineControls, resourceObservable, serviceIdentityAccountedFor } from './engine-controls.ts';
import type { Seen } from './look-at-root.ts';
import type { PassInput } from './pass.ts';
import { openEngineCase, reportUnobservable } from './record-fault.ts';
import { closeCase } from './settle.ts';

/** Closes cases of resources that are not there any more. With the root go all of its children. */
export function closeWhatIsGone(
  draft: Draft,
  look: Look,
  root: ResourceId,
  cases: ReadonlyMap<string, Case>,
): void {
  for (const subject of cases.values()) {
    const key = subject.data.resource.toLowerCase();
    const isGone =
      look.gone.has(root.key) ||
      look.gone.has(key) ||
      (look.hasAllChildren && key !== root.key && !look.children.has(key));
    if (isGone && subject.state !== 'closed' && subject.data.control !== serviceIdentityAccountedFor) {
      closeCase(draft, subject, 'gone', { observedAt: look.startedAt.toISOString() });
    }
  }
}

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
    const wasRead = (key === root.key && look.root !== undefined) || look.children.has(key);
    if (wasRead && !stillUnreadable.has(key) && subject.state !== 'closed') {
      closeCase(draft, subject, 'in-sync', {});
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
    const payload = {
      event: id,
      time,
      ...(operation === undefined ? {} : { operation }),
      ...(actor === undefined ? {} : { writer: actor }),
    };
    const known = cases.get(key);
    if (known !== undefined) {
      draft.move(known, 'case-observed', payload);
      continue;
    }
    const subject = openEngineCase(engine, draft, root, about, payload);
    draft.move(
      subject,
      'case-held',
      { reason: 'unattributed' },
      { hold: { reason: 'unattributed', at: timestamp(engine.clock) } },
    );
    cases.set(key, subject);
  }
}

/** How far back closed cases are asked for the request id of an echo, in milliseconds: Event Grid retries for a day. */
const echoHorizonMs = 7 * 24 * 60 * 60 * 1_000;

/** Whether one of our intents on this root carries the id. */
export async function isOwnRequest(
  { engine, root, claim }: PassInput,
  open: ReadonlyMap<string, Case>,
  requestId: string,
): Promise<boolean> {
  const isOf = ({ data }: Case): boolean => data.requestIds.includes(requestId);
  if (claim.row.writes.includes(requestId) || [...open.values()].some(isOf)) {
    return true;
  }
  const since = new Date(engine.clock.now().getTime() - echoHorizonMs);
  const closed = await engine.ledger.closedCases(root.subscriptionId, root.key, since);
  return closed
    .map(caseOf)
    .some((subject) => !engineControls.includes(subject.data.control) && isOf(subject));
}
