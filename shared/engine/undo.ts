import { isAt } from '../azure/steps/executor.ts';
import { timestamp } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import type { WorkQueue } from '../intake/queue.ts';
import { describeSwitch } from '../policy/kill-switch.ts';
import type { ResourceId } from '../resource-id.ts';
import { isSameResource, parseResourceId } from '../resource-id.ts';
import { Allowance, roomIn } from './allowance.ts';
import { commit } from './commit.ts';
import type { Undo } from './case-data.ts';
import type { Case } from './draft.ts';
import { caseOf, casesOf, Draft } from './draft.ts';
import type { Engine } from './engine.ts';
import { longestUndoMs } from './facts.ts';
import { defaultsWritten, inverseOf } from './inverse.ts';
import { reconcile } from './reconcile.ts';
import type { Change, JsonObject } from './remediator.ts';
import { asJson } from './stored.ts';

/** What a person asks for. Who may ask is not decided here. */
export interface UndoRequest {
  readonly subscription: string;
  readonly root: string;
  /** The closed case that is to be taken back. */
  readonly caseId: string;
  /** Who asks: an Entra object id with what is known of it. */
  readonly actor: JsonObject;
  /** Who answers for the drift while it is permitted. */
  readonly owner?: string;
  readonly reason: string;
  /** Until when the drift is permitted: 90 days at most. */
  readonly until: Date;
}

/** How it ended. `under-way`: the intent is in the ledger, and the work comes back by itself. */
export interface Undone {
  readonly kind: 'undone' | 'under-way';
  /** The case that took the other one back. */
  readonly caseId: string;
}

/** Reads made before the intent end within this, in milliseconds. */
const lookMs = 60_000;
/** A case closed longer ago than this is not taken back: too much has happened since; in milliseconds. */
const longestPastMs = 365 * 24 * 60 * 60_000;

/**
 * Takes a change back: the inverse steps of the stored change, under the same guards as any other change. The drift is
 * then permitted until its end. After that it is closed by itself like a witnessed one: the control held
 * before, and whoever took the permission knew when it would end; asking again would make each undo lasting by silence.
 *
 * @throws RemediationError `malformed-input` for a request that is not complete, `not-supported` for a change that
 * cannot be taken back, `step-conflict` when something that it touched moved since, `changes-stopped`, `throttled` over
 * budget, and what reading and writing throw. Nothing was changed then.
 */
export async function undoCase(engine: Engine, queue: WorkQueue, request: UndoRequest): Promise<Undone> {
  const root = parseResourceId(request.root);
  checkRequest(engine, root, request);
  const closed = await closedCase(engine, root, request);
  const change = closed.data.change;
  if (change === undefined) {
    throw new RemediationError('not-supported', `Cannot undo case "${request.caseId}": it changed nothing`);
  }
  const inverse = inverseOf(change);
  await refuseWhileForbidden(engine, closed);
  await refuseWhenMoved(engine, root, change);
  const caseId = await intend(engine, root, request, closed, { change, inverse });
  return carryOutUndo(engine, queue, root, caseId, closed.data.resource);
}

function checkRequest(
  { clock }: Engine,
  root: ResourceId,
  { subscription, reason, until }: UndoRequest,
): void {
  const leftMs = until.getTime() - clock.now().getTime();
  const fault =
    root.subscriptionId !== subscription.toLowerCase()
      ? 'the root does not lie in the subscription'
      : reason.trim() === ''
        ? 'expected a reason'
        : !(leftMs > 0)
          ? 'expected an end that lies ahead'
          : leftMs > longestUndoMs
            ? 'expected an end within 90 days'
            : undefined;
  if (fault !== undefined) {
    throw new RemediationError('malformed-input', `Cannot undo a case of "${root.text}": ${fault}`);
  }
}

async function closedCase(engine: Engine, root: ResourceId, { caseId }: UndoRequest): Promise<Case> {
  const { ledger, clock } = engine;
  const since = new Date(clock.now().getTime() - longestPastMs);
  const [rows, view] = await Promise.all([
    ledger.closedCases(root.subscriptionId, root.key, since),
    ledger.readRoot(root.subscriptionId, root.key),
  ]);
  const row = rows.find((candidate) => candidate.caseId === caseId);
  if (row === undefined) {
    throw new RemediationError('not-supported', `Cannot undo case "${caseId}": no closed case of this root`);
  }
  const closed = caseOf(row);
  if (closed.data.closed !== 'fixed') {
    const how = closed.data.closed ?? 'otherwise';
    throw new RemediationError('not-supported', `Cannot undo case "${caseId}": it was closed "${how}"`);
  }
  if (view.openCases.some(({ key }) => key === closed.key)) {
    throw new RemediationError('step-conflict', `Cannot undo case "${caseId}": the drift has a case again`);
  }
  return closed;
}

/** The guards of every change: the kill switch, and the budgets of the hour. The halt is the ledger's own. */
async function refuseWhileForbidden(engine: Engine, { data }: Case): Promise<void> {
  const [state] = await Promise.all([engine.killSwitch.read(), engine.tenantBudget.refresh()]);
  if (state.changes === 'stopped') {
    throw new RemediationError('changes-stopped', `Cannot undo: ${describeSwitch(state)}`);
  }
  const { limits } = engine.policy;
  const room = roomIn(limits.tenantChangesPerHour, engine.tenantBudget.used(), limits);
  if (new Allowance(room).isUsedUpFor(data.severity)) {
    throw overBudget();
  }
}

function overBudget(): RemediationError {
  return new RemediationError('throttled', "Cannot undo: the hour's budget of changes is used up");
}

/** Everything that the change touched has to be as it left it. */
async function refuseWhenMoved(
  { observers, clock }: Engine,
  root: ResourceId,
  change: Change,
): Promise<void> {
  const observer = observers.find(({ type }) => type.toLowerCase() === root.type.toLowerCase());
  if (observer === undefined) {
    throw new RemediationError('malformed-input', `Cannot undo: nothing observes "${root.type}"`);
  }
  const targets = change.steps.map(({ target }) => target);
  const children = targets.filter((target) => !isSameResource(target, root.text));
  const wanted = { root: children.length < targets.length, children, allChildren: false };
  const look = await observer.look(root, wanted, new Date(clock.now().getTime() + lookMs));
  for (const { target, after } of change.steps) {
    const resource = isSameResource(target, root.text) ? look.root : look.children.get(target.toLowerCase());
    if (resource === undefined) {
      throw new RemediationError('resource-gone', `Cannot undo: "${target}" is gone`);
    }
    if (!isAt(resource, after)) {
      throw new RemediationError('step-conflict', `Cannot undo: "${target}" moved since the change`);
    }
  }
}

/** The case of the undo, its decision and its intent, in one transaction. From then on it is resumed like any change. */
async function intend(
  engine: Engine,
  root: ResourceId,
  request: UndoRequest,
  closed: Case,
  { change, inverse }: { readonly change: Change; readonly inverse: Change },
): Promise<string> {
  const { clock } = engine;
  const draft = new Draft(undefined);
  const owner = request.owner ?? ownerOf(request.actor);
  const undo: Undo = {
    caseId: closed.caseId,
    actor: { ...request.actor },
    owner,
    reason: request.reason,
    until: request.until.toISOString(),
  };
  const { resource, control, severity } = closed.data;
  const now = timestamp(clock);
  const about = { root: root.key, resource, control, severity, witnessed: false, firstSeenDrifted: now };
  const told = { undoes: undo.caseId, by: undo.actor, owner, reason: undo.reason, until: undo.until };
  const subject = draft.open(
    { ...about, opener: { grade: 'unknown' }, differences: [], requestIds: [], undo },
    { ...told, severity },
    clock,
  );
  const requestId = clock.uuid();
  const defaults = defaultsWritten(change);
  draft.move(subject, 'case-decided', { decision: 'undo', ...told }, { change: inverse });
  draft.move(
    subject,
    'change-intended',
    {
      change: asJson(inverse),
      requestId,
      mergedWith: 0,
      ...(Object.keys(defaults).length === 0 ? {} : { absentBefore: defaults, note: noteOf(change) }),
    },
    { requestIds: [requestId], intendedAt: now },
  );
  const taken = engine.tenantBudget.take(1);
  const refused = await commit(engine, root, draft).finally(() => taken.settle(true));
  if (refused?.kind === 'over-budget') {
    throw overBudget();
  }
  if (refused !== undefined) {
    throw new RemediationError('step-conflict', `Cannot undo case "${closed.caseId}": its drift moved`);
  }
  return subject.caseId;
}

function noteOf({ undo }: Change): string {
  return undo.note ?? '';
}

function ownerOf(actor: JsonObject): string {
  const owner = actor.name ?? actor.objectId;
  return typeof owner === 'string' ? owner : 'unknown';
}

async function carryOutUndo(
  engine: Engine,
  queue: WorkQueue,
  root: ResourceId,
  caseId: string,
  resource: string,
): Promise<Undone> {
  const note = (name: string) =>
    ({ id: `undo:${caseId}:${name}`, time: timestamp(engine.clock), resource, source: 'wake' }) as const;
  await reconcile(engine, queue, { format: 1, root: root.text, note: note('do'), postponed: 0 });
  const [ended, view] = await Promise.all([
    engine.ledger.closedCases(
      root.subscriptionId,
      root.key,
      new Date(engine.clock.now().getTime() - lookMs * 10),
    ),
    engine.ledger.readRoot(root.subscriptionId, root.key),
  ]);
  const row = ended.find((candidate) => candidate.caseId === caseId);
  if (row === undefined) {
    // The root is busy, or Azure is away: the case stands in the ledger, and whoever holds the root goes on with it.
    const isOpen = [...casesOf(view).values()].some((subject) => subject.caseId === caseId);
    engine.logger.information('Undo under way', { root: root.key, caseId, isOpen });
    return { kind: 'under-way', caseId };
  }
  const { closed, failure } = caseOf(row).data;
  if (closed !== 'undone') {
    const message = failure?.message ?? `it ended "${closed ?? ''}"`;
    throw new RemediationError('step-conflict', `Cannot undo case "${caseId}": ${message}`);
  }
  // The drift that is there now gets its case, held until its end.
  await queue.send({ root: root.text, note: note('seen') });
  return { kind: 'undone', caseId };
}
