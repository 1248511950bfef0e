import { resourceObservable } from '../../contract/engine-controls.ts';
import type { Judgement, Unreadable } from '../../contract/judgement.ts';
import type { Look } from '../../contract/observer.ts';
import { RemediationError } from '../../errors.ts';
import { caseKey } from '../../ledger/format/keys.ts';
import type { ResourceId } from '../../resource-id.ts';

/** The observations of a look, and the remediators' findings about them. */
export interface Seen {
  readonly look: Look;
  readonly judgements: readonly Judgement[];
  readonly unreadable: readonly Unreadable[];
}

/**
 * Leaves out the cases whose rows cannot be read: nobody knows what was decided about them, so nothing is done about
 * them. Meanwhile their root counts as not read, and a case of its own says so.
 */
export function withoutUnreadable(seen: Seen, unreadable: ReadonlySet<string>, root: ResourceId): Seen {
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
