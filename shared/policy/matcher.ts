import type { Severity } from '../contract/observation.ts';
import { resourceIdIn } from '../resource-id.ts';
import type { PolicySubject } from './policy.ts';
import { isWithin, scopeKey } from './scope.ts';

/** The conditions under which an entry matches a subject. Undefined matches anything. */
export interface Matcher {
  /** In the form of {@link scopeKey}. */
  readonly scopes: readonly string[] | undefined;
  /** In lower case. */
  readonly types: readonly string[] | undefined;
  readonly controls: readonly string[] | undefined;
  /** Lower-case name, and value; `*` is any value. */
  readonly tags: readonly (readonly [string, string])[];
  readonly severities: readonly Severity[] | undefined;
}

/** The matching fields of an entry, as written. */
export interface MatcherEntry {
  readonly scope?: string | readonly string[] | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly control?: string | readonly string[] | undefined;
  readonly tag?: Readonly<Record<string, string>> | undefined;
  readonly severity?: Severity | readonly Severity[] | undefined;
}

/** A subject with its texts in the form in which they are compared. */
export interface Asked {
  readonly resource: string;
  readonly type: string;
  readonly control: string;
  readonly severity: Severity;
  readonly tags: ReadonlyMap<string, string>;
}

/** The field because of which an entry does not match. */
export type Mismatch = 'scope' | 'type' | 'control' | 'severity' | 'tag';

export function listed<Item extends string>(
  given: Item | readonly Item[] | undefined,
): readonly Item[] | undefined {
  return typeof given === 'string' ? [given] : given;
}

export function matcherOf({ scope, type, control, tag, severity }: MatcherEntry): Matcher {
  return {
    scopes: listed(scope)?.map(scopeKey),
    types: listed(type)?.map((name) => name.toLowerCase()),
    controls: listed(control),
    tags: Object.entries(tag ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    severities: listed(severity),
  };
}

/** A subject whose resource has no ARM id, such as a counting case, is in no scope and of no type. */
export function askedOf({ resource, control, severity, tags }: PolicySubject): Asked {
  return {
    resource: scopeKey(resource),
    type: resourceIdIn(resource)?.type.toLowerCase() ?? '',
    control,
    severity,
    tags: new Map(Object.entries(tags ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
  };
}

/** The first reason why an entry does not match, or undefined if it matches. */
export function mismatchOf(matcher: Matcher, asked: Asked): Mismatch | undefined {
  const { scopes, types, controls, tags, severities } = matcher;
  if (scopes && !scopes.some((scope) => isWithin(asked.resource, scope))) {
    return 'scope';
  }
  if (types && !types.includes(asked.type)) {
    return 'type';
  }
  if (controls && !controls.some((pattern) => matchesControl(pattern, asked.control))) {
    return 'control';
  }
  if (severities && !severities.includes(asked.severity)) {
    return 'severity';
  }
  return tags.every(([name, value]) => matchesTag(asked.tags.get(name), value)) ? undefined : 'tag';
}

export function matches(matcher: Matcher, asked: Asked): boolean {
  return mismatchOf(matcher, asked) === undefined;
}

/** `*` at the end of a pattern matches any rest. */
export function matchesControl(pattern: string, control: string): boolean {
  return pattern.endsWith('*') ? control.startsWith(pattern.slice(0, -1)) : control === pattern;
}

function matchesTag(actual: string | undefined, wanted: string): boolean {
  return actual !== undefined && (wanted === '*' || actual === wanted);
}
