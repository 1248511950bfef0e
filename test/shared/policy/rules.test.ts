import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Mode } from '../../../shared/contract/remediator.ts';
import { compilePolicy } from '../../../shared/policy/compile.ts';
import type { RuleEntry } from '../../../shared/policy/document.ts';
import type { PolicySubject, Ruling } from '../../../shared/policy/policy.ts';
import {
  account,
  arbitraryRules,
  arbitrarySubject,
  arbitraryTags,
  group,
  otherSubscription,
  policyOf,
  subject,
  subscription,
} from '../../support/policies.ts';
import { runs } from '../../support/effort.ts';

/** From loose to strict. */
const strictness: readonly Mode[] = ['off', 'observe', 'approve', 'auto'];
const trusted = ['data-class'];

/** Rules that contradict one another are refused in a document, and have an answer all the same. */
const ruling = (rules: RuleEntry[], asked: PolicySubject, protectedTags = trusted): Ruling =>
  compilePolicy({ format: 1, rules, protectedTags }, '').modeOf(asked);

/** The same rules, said as simply as possible. */
function reference(rules: readonly RuleEntry[], asked: PolicySubject): Ruling {
  const many = (given: string | readonly string[]) => [given].flat();
  const lower = (text: string) => text.toLowerCase();
  const tags = Object.entries(asked.tags ?? {});
  const type = /containers\/[^/]+$/i.test(asked.resource)
    ? 'microsoft.storage/storageaccounts/blobservices/containers'
    : /storageaccounts\/[^/]+$/i.test(asked.resource)
      ? 'microsoft.storage/storageaccounts'
      : 'none';
  const matching = rules.filter(
    (rule) =>
      many(rule.scope ?? '*').some(
        (scope) => scope === '*' || `${lower(asked.resource)}/`.startsWith(`${lower(scope)}/`),
      ) &&
      many(rule.type ?? type).some((each) => lower(each) === type) &&
      many(rule.control ?? '*').some((pattern) =>
        new RegExp(`^${pattern.replace('*', '.*')}$`).test(asked.control),
      ) &&
      many(rule.severity ?? asked.severity).includes(asked.severity) &&
      Object.entries(rule.tag ?? {}).every(([name, value]) =>
        tags
          .filter(([given]) => lower(given) === lower(name))
          .slice(-1)
          .some(([, given]) => value === '*' || value === given),
      ),
  );
  const isTrusted = (rule: RuleEntry) =>
    Object.keys(rule.tag ?? {}).every((name) => trusted.includes(lower(name)));
  const basis = matching.find(isTrusted);
  const reached = basis === undefined ? matching : matching.slice(0, matching.indexOf(basis));
  const rank = (mode: Mode) => strictness.indexOf(mode);
  const floor = basis?.mode ?? asked.defaultMode;
  const [strictest] = reached
    .filter(({ mode }) => rank(mode) > rank(floor))
    .toSorted((one, other) => rank(other.mode) - rank(one.mode));
  const deciding = strictest ?? basis;
  return deciding === undefined
    ? { mode: asked.defaultMode, rule: 'default' }
    : { mode: deciding.mode, rule: deciding.name };
}

describe('first match decides', () => {
  const rules: RuleEntry[] = [
    { name: 'one-account', scope: account, control: 'account-tls', mode: 'observe' },
    { name: 'group', scope: group, control: 'account-*', severity: ['low', 'medium'], mode: 'approve' },
    { name: 'types', type: 'microsoft.storage/storageAccounts', mode: 'auto' },
  ];

  test.each<[string, Partial<PolicySubject>, string]>([
    ['the first that matches', {}, 'one-account'],
    ['without regard to case', { resource: account.toUpperCase() }, 'one-account'],
    ['and to a slash at the end', { resource: `${account}/` }, 'one-account'],
    ['a longer name is another resource', { resource: `${account}2` }, 'group'],
    ['a longer name is another group', { resource: account.replace('rg-models', 'rg-models-2') }, 'types'],
    ['another severity', { control: 'account-https', severity: 'high' }, 'types'],
    ['another subscription', { resource: account.replace(subscription, otherSubscription) }, 'types'],
    [
      'what no rule matches',
      { control: 'container-access', resource: `${account}/blobServices/default/containers/a` },
      'default',
    ],
  ])('%s', (_, given, rule) => {
    expect(policyOf({ rules }).modeOf(subject(given)).rule).toBe(rule);
  });

  it('is what the simple form says, for any rules and subjects', () => {
    fc.assert(
      fc.property(arbitraryRules, arbitrarySubject, (some, asked) => {
        expect(ruling(some, asked)).toEqual(reference(some, asked));
      }),
      { numRuns: runs(2_000) },
    );
  });

  it('does not depend on the order of rules about disjoint scopes', () => {
    const within = (scope: string) =>
      arbitraryRules.map((rules) => rules.map((rule) => ({ ...rule, scope })));
    fc.assert(
      fc.property(
        within(group),
        within(`${group}-2`),
        arbitrarySubject,
        fc.infiniteStream(fc.boolean()),
        (ones, others, asked, coins) => {
          const shuffled: RuleEntry[] = [];
          const [left, right] = [[...ones], [...others]];
          for (const coin of coins) {
            const next = (coin ? left : right).shift() ?? left.shift() ?? right.shift();
            if (next === undefined) {
              break;
            }
            shuffled.push(next);
          }
          expect(ruling(shuffled, asked).mode).toBe(ruling([...ones, ...others], asked).mode);
        },
      ),
    );
  });
});

describe('what the owner of a resource can write', () => {
  const by = (mode: Mode, tag: Record<string, string>): RuleEntry => ({ name: `by-tag-${mode}`, tag, mode });
  const approve: RuleEntry = { name: 'approve', mode: 'approve' };

  test.each<[string, RuleEntry[], Ruling]>([
    ['does not loosen', [by('observe', { x: 'y' }), approve], { mode: 'approve', rule: 'approve' }],
    ['does not loosen the control', [by('approve', { x: 'y' })], { mode: 'auto', rule: 'default' }],
    ['tightens', [by('auto', { x: 'y' }), approve], { mode: 'auto', rule: 'by-tag-auto' }],
    ['does not reach past a match', [approve, by('auto', { x: 'y' })], { mode: 'approve', rule: 'approve' }],
    [
      'counts if it is protected',
      [by('off', { 'Data-Class': '*' }), approve],
      { mode: 'off', rule: 'by-tag-off' },
    ],
    [
      'does not hide behind a protected tag',
      [by('off', { 'data-class': '*', x: 'y' }), approve],
      { mode: 'approve', rule: 'approve' },
    ],
    [
      'in whatever order',
      [by('auto', { x: '*' }), by('approve', { x: 'y' }), { name: 'watch', mode: 'observe' }],
      { mode: 'auto', rule: 'by-tag-auto' },
    ],
    [
      'tightens as far as any',
      [by('approve', { x: 'y' }), by('auto', { x: '*' }), { name: 'watch', mode: 'observe' }],
      { mode: 'auto', rule: 'by-tag-auto' },
    ],
  ])('%s', (_, rules, expected) => {
    expect(ruling(rules, subject({ tags: { X: 'y', 'data-class': 'public' } }))).toEqual(expected);
  });

  /** Rules that differ in their tags alone, so that many match at once. */
  const tagRules = arbitraryRules.map((rules) =>
    rules.map(({ name, tag, mode }) => ({
      name,
      mode,
      ...(tag && {
        tag: Object.fromEntries(
          Object.keys(tag)
            .slice(0, 1)
            .map((each) => [each, '*']),
        ),
      }),
    })),
  );

  it('never loosens a ruling: any tag more, any rules', () => {
    fc.assert(
      fc.property(
        fc.oneof(arbitraryRules, tagRules),
        arbitrarySubject,
        arbitraryTags,
        (rules, asked, more) => {
          const isNew = (name: string) =>
            !trusted.includes(name) &&
            !Object.keys(asked.tags ?? {}).some((given) => given.toLowerCase() === name.toLowerCase());
          const added = Object.fromEntries(Object.entries(more).filter(([name]) => isNew(name)));
          const before = ruling(rules, asked);
          const after = ruling(rules, { ...asked, tags: { ...asked.tags, ...added } });
          expect(strictness.indexOf(after.mode)).toBeGreaterThanOrEqual(strictness.indexOf(before.mode));
        },
      ),
      { numRuns: runs(2_000) },
    );
  });

  it('never gets below what holds without tags', () => {
    fc.assert(
      fc.property(arbitraryRules, arbitrarySubject, arbitraryTags, (rules, { tags: _, ...asked }, tags) => {
        const owned = Object.fromEntries(Object.entries(tags).filter(([name]) => !trusted.includes(name)));
        const bare = strictness.indexOf(ruling(rules, asked).mode);
        expect(strictness.indexOf(ruling(rules, { ...asked, tags: owned }).mode)).toBeGreaterThanOrEqual(
          bare,
        );
      }),
      { numRuns: runs(2_000) },
    );
  });
});
