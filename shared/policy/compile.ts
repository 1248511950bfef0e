import { createHash } from 'node:crypto';
import type { ExemptionEntry, LimitsEntry, PolicyDocument } from './document.ts';
import type { Asked, MatcherEntry } from './matcher.ts';
import { askedOf, listed, matcherOf, matches } from './matcher.ts';
import { durationMs, momentOf } from './moment.ts';
import type { ExemptionRuling, Limits, Policy, PolicySubject } from './policy.ts';
import { defaultLimits } from './policy.ts';
import { compileRules, judgeRules } from './rules.ts';
import { isWithin, scopeKey } from './scope.ts';
import { compileTimetable, timingAt } from './timing.ts';

/** Compiles an accepted document. The text must be the document's exactly: its hash names the policy. */
export function compilePolicy(document: PolicyDocument, text: string): Policy {
  const rules = compileRules(document.rules ?? [], document.protectedTags ?? []);
  const timetable = compileTimetable(document.windows ?? [], document.freezes ?? []);
  const exemptions = (document.exemptions ?? []).map(compileExemption);
  const releases = firstMatch(document.release);
  const owners = firstMatch(document.ownership);
  const azureExemptions = firstMatch(document.azurePolicyExemptions);
  return {
    name: `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`,
    modeOf: (subject) => judgeRules(rules, askedOf(subject), subject.defaultMode).ruling,
    exemptionOf: (subject, now) => {
      const asked = askedOf(subject);
      return exemptions.find((each) => each.holds(asked, now.getTime()))?.ruling;
    },
    timingOf: (subject, now) => timingAt(timetable, askedOf(subject), now),
    releaseOf: (subject) => releases(subject)?.name,
    ownershipOf: (subject) => {
      const entry = owners(subject);
      return entry && { rule: entry.name, owner: entry.owner, dueInMs: durationMs(entry.due) ?? 0 };
    },
    azureExemptionsOf: (subject) => {
      const entry = azureExemptions(subject);
      return entry && { rule: entry.name, mostDays: entry.mostDays };
    },
    hasOff: (document.rules ?? []).some(({ mode }) => mode === 'off'),
    limits: limitsOf(document.limits ?? {}),
    ...decidersOf(document),
  };
}

/** Exemptions never ask for a tag: the owner of a resource must not be able to exempt it. */
function compileExemption(entry: ExemptionEntry): {
  readonly ruling: ExemptionRuling;
  holds(asked: Asked, at: number): boolean;
} {
  const { name, owner, reason, ticket, scope, control } = entry;
  const matcher = matcherOf({ scope, control });
  const [created, expires] = [momentOf(entry.created), momentOf(entry.expires)];
  return {
    ruling: { rule: name, owner, reason, ticket, expires: new Date(expires) },
    holds: (asked, at) => created <= at && at < expires && matches(matcher, asked),
  };
}

function firstMatch<Entry extends MatcherEntry>(
  entries: readonly Entry[] = [],
): (subject: PolicySubject) => Entry | undefined {
  const compiled = entries.map((entry) => ({ entry, matcher: matcherOf(entry) }));
  return (subject) => {
    const asked = askedOf(subject);
    return compiled.find(({ matcher }) => matches(matcher, asked))?.entry;
  };
}

function limitsOf({ breaker, tugOfWar, ...given }: LimitsEntry): Limits {
  return {
    changesPerHour: given.changesPerHour ?? defaultLimits.changesPerHour,
    tenantChangesPerHour: given.tenantChangesPerHour ?? defaultLimits.tenantChangesPerHour,
    criticalReserve: given.criticalReserve ?? defaultLimits.criticalReserve,
    breaker: breaker
      ? { failures: breaker.failures, withinMs: durationMs(breaker.within) ?? 0 }
      : defaultLimits.breaker,
    tugOfWar: tugOfWar
      ? { rounds: tugOfWar.rounds, withinMs: durationMs(tugOfWar.within) ?? 0 }
      : defaultLimits.tugOfWar,
    decisionMs: durationMs(given.decisionTime ?? '') ?? defaultLimits.decisionMs,
  };
}

/** Every entry that covers the resource counts: each principal once, and the largest quorum. */
function decidersOf({ approvers = [] }: PolicyDocument): Pick<Policy, 'approversOf' | 'quorumOf'> {
  const compiled = approvers.map(({ scope, principals, quorum = 1 }) => ({
    scopes: listed(scope)?.map(scopeKey) ?? [],
    principals: principals.map(({ id, label }) => ({ id: id.toLowerCase(), label })),
    quorum,
  }));
  const covering = (resource: string) => {
    const key = scopeKey(resource);
    return compiled.filter(({ scopes }) => scopes.some((scope) => isWithin(key, scope)));
  };
  return {
    approversOf: (resource) => {
      const found = covering(resource).flatMap(({ principals }) => principals);
      return [...new Map(found.map((principal) => [principal.id, principal])).values()];
    },
    quorumOf: (resource) => Math.max(1, ...covering(resource).map(({ quorum }) => quorum)),
  };
}
