import type { ControlFacts } from './control-facts.ts';
import type { Matcher } from './matcher.ts';
import { matchesControl } from './matcher.ts';
import { everywhere, isWithin } from './scope.ts';

/** The controls that a matcher can be about, by what it asks of control and type. */
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

/** Whether everything that the inner matcher can match is matched by the outer one, for the controls there are. */
export function covers(outer: Matcher, inner: Matcher, facts: readonly ControlFacts[]): boolean {
  const outerControls = controlsOf(outer, facts);
  return (
    coversScopes(outer, inner) &&
    [...controlsOf(inner, facts)].every((id) => outerControls.has(id)) &&
    (outer.severities === undefined ||
      (inner.severities?.every((severity) => outer.severities?.includes(severity)) ?? false)) &&
    outer.tags.every(([name, value]) =>
      inner.tags.some(([other, wanted]) => other === name && (value === '*' || value === wanted)),
    )
  );
}

export function coversScopes(outer: Matcher, inner: Matcher): boolean {
  const innerScopes = inner.scopes ?? [everywhere];
  return (
    outer.scopes === undefined ||
    innerScopes.every((scope) => outer.scopes?.some((over) => isWithin(scope, over)))
  );
}
