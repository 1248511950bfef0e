import type { Case, Draft } from '../../case/draft.ts';
import { resourceObservable, serviceIdentityAccountedFor } from '../../contract/engine-controls.ts';
import type { Look } from '../../contract/observer.ts';
import { isSameResource } from '../../resource-id.ts';
import { soonestDue } from '../look/next-look.ts';
import type { Next } from '../next.ts';
import { lookAt, nothingMore, passAgain } from '../next.ts';
import type { PassInput } from '../pass-input.ts';

/** Reads the children of a root that was found open just now. `look` shows the root as it was read last. */
export function afterRootNews({ observer, root, allChildren }: PassInput, look: Look, draft: Draft): Next {
  const isNews = [...draft.subjects].some(
    ({ expected, data }) =>
      expected === 'absent' &&
      data.control !== resourceObservable &&
      data.control !== serviceIdentityAccountedFor &&
      isSameResource(data.resource, root.text),
  );
  const wantsChildren =
    isNews &&
    !allChildren &&
    look.root !== undefined &&
    !look.hasAllChildren &&
    observer.wantsAllChildren(look.root);
  return wantsChildren ? passAgain({ kind: 'children' }) : nothingMore;
}

/**
 * An undo has just ended, one way or the other: drift that exists then gets its case at once, and not at the next
 * occasion.
 */
export function afterUndo(drafts: readonly Draft[]): Next {
  const hasEnded = drafts
    .flatMap(({ subjects }) => [...subjects])
    .some(({ state, data }) => state === 'closed' && data.undo !== undefined);
  return hasEnded ? passAgain({ kind: 'raced' }) : nothingMore;
}

/**
 * Reads every child if a case of the root has just closed while children expose something for real: behind a closed
 * root children expose nothing.
 */
export function afterRootClosed({ root, allChildren }: PassInput, cases: Iterable<Case>): Next {
  const all = [...cases].filter(({ data }) => data.control !== resourceObservable);
  const isRoot = ({ data }: Case): boolean => isSameResource(data.resource, root.text);
  const areChildrenNews =
    !allChildren &&
    all.some((subject) => isRoot(subject) && subject.state === 'closed') &&
    all.some((subject) => !isRoot(subject) && subject.state !== 'closed' && subject.data.exposure === 'real');
  return areChildrenNews ? passAgain({ kind: 'children' }) : nothingMore;
}

/**
 * Looks again when the soonest of the root's open cases is due, whatever this pass looked at: a look at one resource
 * must not take away the wake of another.
 */
export function whenDue(
  { engine }: PassInput,
  known: ReadonlyMap<string, Case>,
  drafts: readonly Draft[],
): Next {
  const drafted = drafts.flatMap(({ subjects }) => [...subjects]);
  const cases = new Map([...known.values(), ...drafted].map((subject) => [subject.key, subject]));
  return lookAt(soonestDue(cases.values(), engine.clock.now()));
}
