import type { ControlFacts } from './control-facts.ts';
import type { Matcher } from './matcher.ts';
import { matchesControl } from './matcher.ts';
import { everywhere, isWithin } from './scope.ts';

/** The controls that a matcher can match, by its patterns and types. */
export function controlsOf(
  { controls, types }: Matcher,
  facts: readonly ControlFacts[],
): ReadonlySet<string> {
  const ids = facts
    .filter(({ id }) => controls?.some((pattern) => matchesControl(pattern, id)) ?? true)
    .filter(({ type }) => types?.includes(type.toLowerCase()) ?? true)
    .map(({ id }) => id);
  return new Set(ids);
}

/** True if the outer matcher matches everything that the inner one can match, for the given controls. */
export function covers(outer: Matcher, inner: Matcher, facts: readonly ControlFacts[]): boolean {
  return (
    coversScopes(outer, inner) &&
    coversSeverities(outer, inner) &&
    coversTags(outer, inner) &&
    coversControls(outer, inner, facts)
  );
}

function coversControls(outer: Matcher, inner: Matcher, facts: readonly ControlFacts[]): boolean {
  const ids = controlsOf(outer, facts);
  return [...controlsOf(inner, facts)].every((id) => ids.has(id));
}

function coversSeverities({ severities: outer }: Matcher, { severities: inner }: Matcher): boolean {
  return outer === undefined || (inner?.every((severity) => outer.includes(severity)) ?? false);
}

/** A matcher with fewer tags matches more. */
function coversTags(outer: Matcher, inner: Matcher): boolean {
  return outer.tags.every(([name, value]) =>
    inner.tags.some(([other, wanted]) => other === name && (value === '*' || value === wanted)),
  );
}

export function coversScopes(outer: Matcher, inner: Matcher): boolean {
  const innerScopes = inner.scopes ?? [everywhere];
  return (
    outer.scopes === undefined ||
    innerScopes.every((scope) => outer.scopes?.some((over) => isWithin(scope, over)))
  );
}
