import type { Look } from '../../contract/observer.ts';
import { isTransient, RemediationError } from '../../errors.ts';
import { caseKey } from '../../ledger/format/keys.ts';
import type { ResourceId } from '../../resource-id.ts';
import type { Case, Draft } from '../../case/draft.ts';
import { resourceObservable } from '../../contract/engine-controls.ts';
import type { Judgement, Unreadable } from '../../contract/judgement.ts';
import { evaluate } from './evaluate.ts';
import type { WantedOfRoot } from './notes.ts';
import type { GivenBody, PassInput } from '../pass/pass.ts';
import { reportUnobservable } from '../pass/record-fault.ts';

/** What was found, and what the remediators say about it. */
export interface Seen {
  readonly look: Look;
  readonly judgements: readonly Judgement[];
  readonly unreadable: readonly Unreadable[];
}

/**
 * What was seen without the cases of which a row cannot be read: what was decided about them is not known, and nothing is done.
 * Their root counts as not read as long as that is so, which a case of its own says.
 */
export function without(seen: Seen, unreadable: ReadonlySet<string>, root: ResourceId): Seen {
  if (unreadable.size === 0) {
    return seen;
  }
  const isReadable = (resource: string, control: string): boolean =>
    !unreadable.has(caseKey(root.key, resource, control));
  const error = new RemediationError(
    'malformed-input',
    `Cannot read ${unreadable.size} of our own rows about cases here: rebuild them from the ledger`,
  );
  return {
    ...seen,
    judgements: seen.judgements.filter(({ resource, remediator }) =>
      isReadable(resource, remediator.meta.id),
    ),
    unreadable: [...seen.unreadable, { resource: root.text, error }].filter(({ resource }) =>
      isReadable(resource, resourceObservable),
    ),
  };
}

/**
 * Reads what is wanted and judges it. `unobservable`: it cannot be read, and the draft says so.
 * `needs-read`: the body that came with the message does not clear the resource.
 */
export async function lookAtRoot(
  input: PassInput,
  wanted: WantedOfRoot,
  draft: Draft,
  cases: Map<string, Case>,
): Promise<Seen | 'unobservable' | 'needs-read'> {
  const { engine, root, given } = input;
  try {
    return given === undefined
      ? await lookAndJudge(input, wanted)
      : await judgeGiven(input, given, wanted, cases);
  } catch (error) {
    if (!(error instanceof RemediationError) || isTransient(error)) {
      throw error;
    }
    // It is not known what could not be read: only a walk over everything clears the root again.
    const needsWalk = wanted.allChildren || wanted.children.length > 0;
    reportUnobservable(engine, root, draft, cases, root.text, error, needsWalk);
    return 'unobservable';
  }
}

/** Reads, judges, and reads the root too where a remediator needs it to judge a child. */
async function lookAndJudge(input: PassInput, wanted: WantedOfRoot): Promise<Seen> {
  const { engine, observer, root, claim } = input;
  const look =
    wanted.childrenOfOpenRoot && !wanted.allChildren
      ? await lookDown(input, wanted)
      : await observer.look(root, wanted, claim.until);
  const seen = { look, ...evaluate(engine.remediators, observer, look) };
  if (!seen.judgements.some(({ finding }) => finding.kind === 'needs-root')) {
    return seen;
  }
  const rootLook = await observer.look(root, { root: true, children: [], allChildren: false }, claim.until);
  const both = { ...look, root: rootLook.root, gone: new Set([...look.gone, ...rootLook.gone]) };
  return { look: both, ...evaluate(engine.remediators, observer, both) };
}

/** Reads the root first, and then every child where it leaves them open, or those that were asked for where it does not. */
async function lookDown({ observer, root, claim }: PassInput, wanted: WantedOfRoot): Promise<Look> {
  const above = await observer.look(root, { root: true, children: [], allChildren: false }, claim.until);
  if (above.root === undefined) {
    return above;
  }
  const allChildren = observer.wantsAllChildren(above.root);
  if (!allChildren && wanted.children.length === 0) {
    return above;
  }
  const below = await observer.look(root, { ...wanted, root: false, allChildren }, claim.until);
  return {
    ...above,
    children: below.children,
    hasAllChildren: below.hasAllChildren,
    gone: new Set([...above.gone, ...below.gone]),
  };
}

/**
 * Judges a body that came with the message. Such a body only ever clears: it is believed when it says that everything
 * is in sync, when nothing else waits to be looked at, and from the moment on at which it was true.
 */
async function judgeGiven(
  input: PassInput,
  given: GivenBody,
  wanted: WantedOfRoot,
  cases: ReadonlyMap<string, Case>,
): Promise<Seen | 'needs-read'> {
  const { engine, observer, root, claim } = input;
  const { notes, observed } = claim.row;
  const lastSeen = observed[root.key] ?? '';
  if (
    cases.size > 0 ||
    notes.length !== 1 ||
    wanted.children.length > 0 ||
    given.at.toISOString() < lastSeen
  ) {
    return 'needs-read';
  }
  const children = wanted.allChildren
    ? await observer.look(root, { root: false, children: [], allChildren: true }, claim.until)
    : undefined;
  const look: Look = {
    startedAt: given.at,
    root: given.body,
    isComplete: given.isComplete,
    children: children?.children ?? new Map(),
    hasAllChildren: children?.hasAllChildren ?? false,
    gone: children?.gone ?? new Set(),
  };
  const seen = { look, ...evaluate(engine.remediators, observer, look) };
  const clears =
    seen.unreadable.length === 0 &&
    seen.judgements.every(({ finding }) => finding.kind === 'in-sync' || finding.kind === 'not-applicable');
  return clears ? seen : 'needs-read';
}
