import type { CaseView } from './case-index.ts';
import { dataOf, type IndexedCase } from './indexed-case.ts';

/**
 * Resources with a case that goes on as soon as changes are allowed: the switch holds it, or it was decided while the
 * switch stopped changes. Pure.
 */
export function heldBySwitch({
  open,
}: Pick<CaseView, 'open'>): readonly { root: string; resource: string }[] {
  return open.filter(waits).map((one) => {
    const { root, resource } = dataOf(one);
    return { root, resource };
  });
}

function waits(one: IndexedCase): boolean {
  return (
    (one.state === 'held' && one.hold?.reason === 'kill-switch') ||
    (one.state === 'awaiting-decision' && (dataOf(one).decisions ?? []).length > 0)
  );
}
