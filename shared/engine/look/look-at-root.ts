import type { Case } from '../../case/draft.ts';
import type { Look } from '../../contract/observer.ts';
import { isTransient, RemediationError } from '../../errors.ts';
import type { GivenBody, PassInput } from '../pass-input.ts';
import { evaluate } from './evaluate.ts';
import type { WantedOfRoot } from './notes.ts';
import type { Seen } from './seen.ts';

/** The result of a look at a root. */
export type RootLook =
  | { readonly kind: 'seen'; readonly seen: Seen }
  /** The root cannot be read. `needsWalk`: only a walk over everything clears it again. */
  | { readonly kind: 'unobservable'; readonly error: RemediationError; readonly needsWalk: boolean }
  /** The body that came with the message does not clear the root. */
  | { readonly kind: 'needs-read' };

/** Reads the wanted parts, and judges them. @throws RemediationError for errors that pass by themselves */
export async function lookAtRoot(
  input: PassInput,
  wanted: WantedOfRoot,
  cases: ReadonlyMap<string, Case>,
): Promise<RootLook> {
  const { given } = input;
  try {
    const seen =
      given === undefined ? await lookAndJudge(input, wanted) : await judgeGiven(input, given, wanted, cases);
    return seen === undefined ? { kind: 'needs-read' } : { kind: 'seen', seen };
  } catch (error) {
    if (!(error instanceof RemediationError) || isTransient(error)) {
      throw error;
    }
    // Nobody knows which of the resources could not be read.
    return { kind: 'unobservable', error, needsWalk: wanted.allChildren || wanted.children.length > 0 };
  }
}

/** Reads and judges. If a remediator needs the root to judge a child, reads the root too. */
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

/** Reads the root first. Then reads every child if the root leaves them open, and otherwise the requested children. */
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
 * Judges a body that came with the message; undefined when it does not clear the root. Such a body never accuses: it is
 * believed if it says that everything is in sync, if nothing else waits for a look, and only from the moment on at
 * which it was true.
 */
async function judgeGiven(
  input: PassInput,
  given: GivenBody,
  wanted: WantedOfRoot,
  cases: ReadonlyMap<string, Case>,
): Promise<Seen | undefined> {
  const { engine, observer, root, claim } = input;
  const { notes, observed } = claim.row;
  const lastSeen = observed[root.key] ?? '';
  if (
    cases.size > 0 ||
    notes.length !== 1 ||
    wanted.children.length > 0 ||
    given.at.toISOString() < lastSeen
  ) {
    return undefined;
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
  return clears ? seen : undefined;
}
