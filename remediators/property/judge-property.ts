import { propertyAt } from '../../shared/contract/property.ts';
import { type Finding, type Observation } from '../../shared/contract/observation.ts';
import { type Json } from '../../shared/contract/json.ts';

/** The requirement of a control on one property. */
export interface Requirement {
  readonly path: string;
  /** The value that a change writes. */
  readonly good: Json;
  /** Decides which values comply, where more than `good` do. */
  readonly isGood?: (value: Json) => boolean;
  /** Set only where Azure documents a default that complies. Elsewhere an absent property is drift. */
  readonly isGoodWhenAbsent?: boolean;
}

/**
 * Compares one property with its good value. A property that the source may have left out is `unknown`, never in
 * sync.
 */
export function judgeProperty({ resource, isComplete }: Observation, requirement: Requirement): Finding {
  const { path, good, isGood = (value) => value === good, isGoodWhenAbsent = false } = requirement;
  const property = propertyAt(resource, path, isComplete);
  if (property.kind === 'unknown') {
    return { kind: 'unknown', path };
  }
  const actual = property.kind === 'value' ? property.value : undefined;
  return (actual === undefined ? isGoodWhenAbsent : isGood(actual))
    ? { kind: 'in-sync' }
    : { kind: 'drifted', differences: [{ path, actual, desired: good }] };
}
