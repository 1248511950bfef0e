import type { ControlFacts } from '../control-facts.ts';
import { controlsOf, covers, coversScopes } from '../covers.ts';
import type { Path, Remark } from '../diagnostic.ts';
import type { Matcher } from '../matcher.ts';
import { type CompiledRule, compileRules, isStricter } from '../rules.ts';
import type { Check } from './check.ts';

/** Warns of rules that do not do what their author may believe. */
export const checkRules: Check = (document, { controls }) => {
  const rules = compileRules(document.rules ?? [], document.protectedTags ?? []);
  return rules.flatMap((rule, index) => {
    const path = ['rules', index];
    const earlier = rules.slice(0, index);
    const blocked = unreachable(rule, earlier, path, controls);
    return [
      ...blocked,
      ...offWarning(rule, path),
      ...(blocked.length > 0
        ? []
        : [...tagWarning(rule, path), ...autoWarning(rule, earlier, path, controls)]),
    ];
  });
};

function unreachable(
  rule: CompiledRule,
  earlier: readonly CompiledRule[],
  path: Path,
  controls: readonly ControlFacts[],
): readonly Remark[] {
  if (controlsOf(rule.matcher, controls).size === 0) {
    const message = 'it never matches: none of its controls judges one of its types';
    return [
      {
        severity: 'warning',
        path,
        message,
        mend: 'leave "type" out, or name the type that the control judges',
      },
    ];
  }
  const over = earlier.filter((other) => covers(other.matcher, rule.matcher, controls));
  const same = over.find((other) => other.mode !== rule.mode && isSame(other, rule));
  if (same !== undefined) {
    const message = `it contradicts the rule "${same.name}": they match the same, and that one says "${same.mode}"`;
    return [{ severity: 'error', path: [...path, 'mode'], message, mend: 'keep one of the two' }];
  }
  const taker = over.find((other) => takesAllOf(other, rule));
  if (taker !== undefined) {
    const message = `it never decides: the rule "${taker.name}" stands before it and covers it`;
    return [{ severity: 'warning', path, message, mend: `move it before "${taker.name}", or take it out` }];
  }
  return [];
}

/**
 * True if `other`, which covers `rule`, leaves nothing for it. A rule by a tag that owners write takes only a mode
 * that is not stricter.
 */
function takesAllOf(other: CompiledRule, rule: CompiledRule): boolean {
  return !other.isOwnerWritten || (rule.isOwnerWritten && !isStricter(rule.mode, other.mode));
}

/** True if two rules ask for the same, in any order. */
function isSame(one: CompiledRule, other: CompiledRule): boolean {
  return inOneForm(one.matcher) === inOneForm(other.matcher);
}

function inOneForm({ scopes, types, controls, tags, severities }: Matcher): string {
  const lists = [scopes, types, controls, severities].map((list) => list && [...new Set(list)].toSorted());
  return JSON.stringify([...lists, Object.entries(Object.fromEntries(tags)).toSorted()]);
}

function offWarning({ mode }: CompiledRule, path: Path): readonly Remark[] {
  if (mode !== 'off') {
    return [];
  }
  const message = 'nobody will see this drift: "off" keeps it out of the ledger too';
  const mend = 'write "observe", or an exemption, which ends';
  return [{ severity: 'warning', path: [...path, 'mode'], message, mend }];
}

/** No mode is looser than "off", so an "off" rule by a tag that owners write never decides. */
function tagWarning({ mode, isOwnerWritten }: CompiledRule, path: Path): readonly Remark[] {
  if (mode !== 'off' || !isOwnerWritten) {
    return [];
  }
  const message = 'it never decides: a tag that is not in protectedTags can make a mode stricter only';
  return [
    { severity: 'warning', path: [...path, 'tag'], message, mend: 'protect the tag, or leave the rule out' },
  ];
}

function autoWarning(
  { mode, matcher }: CompiledRule,
  earlier: readonly CompiledRule[],
  path: Path,
  controls: readonly ControlFacts[],
): readonly Remark[] {
  if (mode !== 'auto') {
    return [];
  }
  const taken = earlier
    .filter(({ matcher: other }) => other.tags.length === 0 && other.severities === undefined)
    .filter(({ matcher: other }) => coversScopes(other, matcher))
    .map(({ matcher: other }) => controlsOf(other, controls));
  const mine = controlsOf(matcher, controls);
  return controls
    .filter(({ id }) => mine.has(id) && !taken.some((ids) => ids.has(id)))
    .filter(({ defaultMode, isReversible }) => defaultMode !== 'auto' || !isReversible)
    .map(({ id, isReversible, defaultMode }) => ({
      severity: 'warning',
      path: [...path, 'mode'],
      message: isReversible
        ? `"${id}" is closed without asking, though it may cut off rightful use (its own mode is "${defaultMode}")`
        : `"${id}" cannot be undone, and is never closed without asking, whatever the rule says`,
      mend: 'let an earlier rule say "approve" for it, or keep this if it is meant',
    }));
}
