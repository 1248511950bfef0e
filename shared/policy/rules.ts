import type { Mode } from '../contract/remediator.ts';
import type { RuleEntry } from './document.ts';
import type { Asked, Matcher, Mismatch } from './matcher.ts';
import { matcherOf, mismatchOf } from './matcher.ts';
import type { Ruling } from './policy.ts';

/** A rule, ready to match subjects. */
export interface CompiledRule {
  readonly name: string;
  readonly mode: Mode;
  readonly matcher: Matcher;
  /** True if the rule asks for a tag that the owner of the resource can write. */
  readonly isOwnerWritten: boolean;
}

/** The fate of a rule for one subject. */
export type RuleVerdict =
  | { readonly kind: 'decides' }
  | { readonly kind: 'mismatch'; readonly by: Mismatch }
  /** The rule matches by a tag that the owner can write, and is not stricter than the ruling without that tag. */
  | { readonly kind: 'tag-may-not-loosen' }
  /** The rule matches, but an earlier one, or a stricter one by an owner's tag, decides. */
  | { readonly kind: 'not-reached' };

/** Modes from loose to strict. */
const strictness: readonly Mode[] = ['off', 'observe', 'approve', 'auto'];

export function isStricter(mode: Mode, than: Mode): boolean {
  return strictness.indexOf(mode) > strictness.indexOf(than);
}

export function compileRules(
  rules: readonly RuleEntry[],
  protectedTags: readonly string[],
): readonly CompiledRule[] {
  const trusted = new Set(protectedTags.map((tag) => tag.toLowerCase()));
  return rules.map((rule) => {
    const matcher = matcherOf(rule);
    return {
      name: rule.name,
      mode: rule.mode,
      matcher,
      isOwnerWritten: matcher.tags.some(([name]) => !trusted.has(name)),
    };
  });
}

/**
 * The first match decides. A rule by a tag that the owner of the resource can write is skipped unless it is stricter
 * than the ruling without such rules. The strictest of several such rules decides, so one more tag never makes a
 * ruling looser.
 */
export function judgeRules(
  rules: readonly CompiledRule[],
  asked: Asked,
  defaultMode: Mode,
): { readonly ruling: Ruling; readonly verdicts: readonly RuleVerdict[] } {
  const mismatches = rules.map(({ matcher }) => mismatchOf(matcher, asked));
  const first = rules.findIndex((rule, index) => !rule.isOwnerWritten && mismatches[index] === undefined);
  const basis = rules[first]?.mode ?? defaultMode;
  let deciding = first;
  for (const [index, { isOwnerWritten, mode }] of rules
    .slice(0, first < 0 ? rules.length : first)
    .entries()) {
    const isCandidate = isOwnerWritten && mismatches[index] === undefined;
    if (isCandidate && isStricter(mode, rules[deciding]?.mode ?? basis)) {
      deciding = index;
    }
  }
  const verdicts = rules.map((rule, index): RuleVerdict => {
    const by = mismatches[index];
    if (by !== undefined) {
      return { kind: 'mismatch', by };
    }
    if (index === deciding) {
      return { kind: 'decides' };
    }
    const isLooser = rule.isOwnerWritten && !isStricter(rule.mode, basis);
    return { kind: isLooser && (first < 0 || index < first) ? 'tag-may-not-loosen' : 'not-reached' };
  });
  const { mode, name } = rules[deciding] ?? { mode: defaultMode, name: 'default' };
  return { ruling: { mode, rule: name }, verdicts };
}
