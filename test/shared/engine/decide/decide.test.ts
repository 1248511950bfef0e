import type { Severity } from '../../../../shared/contract/observation.ts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { storageAccountMinTls } from '../../../../remediators/storage-account-min-tls.ts';
import type { Circumstances } from '../../../../shared/engine/decide/circumstances.ts';
import { calm } from '../../../../shared/engine/decide/circumstances.ts';
import { decide } from '../../../../shared/engine/decide/decide.ts';
import type { Change, Plan } from '../../../../shared/contract/change.ts';
import type { Mode } from '../../../../shared/contract/remediator.ts';
import type { AzureExemption, Manager } from '../../../../shared/contract/surroundings.ts';
import type { SwitchState } from '../../../../shared/policy/kill-switch.ts';
import type { ExemptionRuling, Policy, Timing } from '../../../../shared/policy/policy.ts';
import { defaultPolicy } from '../../../../shared/policy/policy.ts';
import { runs } from '../../../support/effort.ts';

const { meta } = storageAccountMinTls;
const now = new Date('2026-03-01T12:34:00.000Z');
const inHours = (hours: number) => new Date(now.getTime() + hours * 3_600_000);

const change = (undo: Change['undo'] = { kind: 'exact' }): Plan => ({
  kind: 'change',
  change: { steps: [], impact: 'none', undo },
});
const notOffered: Plan = { kind: 'not-offered', reason: 'immutable', guidance: 'move' };
const irreversible = change({ kind: 'none', note: 'cannot be taken back' });

const stopped: SwitchState = { changes: 'stopped', because: 'said' };
const exemption = (expires: Date): ExemptionRuling => ({
  rule: 'exemption',
  owner: 'somebody',
  reason: 'a demo',
  ticket: 'T-1',
  expires,
});
const azureExemption = (change: Partial<AzureExemption> = {}): AzureExemption => ({
  id: '/exemption',
  definitions: [meta.references.policy!],
  category: 'Waiver',
  expiresOn: inHours(24),
  ...change,
});
const frozen: Timing = { kind: 'closed', reason: 'frozen', rule: 'freeze', opensAt: inHours(5) };
const outside: Timing = { kind: 'closed', reason: 'outside-window', rule: 'window', opensAt: undefined };
const managed: Manager = { kind: 'managed', by: '/a/workspace' };
const tugOfWar = { rounds: 3, writers: [{ appId: 'deployer' }], closedAt: now.toISOString() };
const subjectOf = (severity: Severity) => ({
  control: meta.id,
  defaultMode: meta.defaultMode,
  resource: '/subscriptions/s',
  severity,
});
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1_000).toISOString();
const breaker = { failures: 5, until: inHours(2) };

type Given = Omit<Partial<Circumstances>, 'policy'> & {
  readonly mode?: Mode;
  readonly policy?: Partial<Policy>;
};

function circumstances({ mode = 'auto', policy, ...given }: Given): Circumstances {
  return {
    ...calm,
    meta,
    subject: subjectOf('high'),
    plan: change(),
    witnessed: true,
    permission: undefined,
    wasLeftOpen: false,
    outcome: { kind: 'undecided' },
    azureExemptions: [],
    now,
    policy: { ...defaultPolicy, name: 'test', modeOf: () => ({ mode, rule: 'only' }), ...policy },
    ...given,
  };
}

function decided(given: Given): string {
  const decision = decide(circumstances(given));
  return decision.kind === 'hold' ? `hold ${decision.reason}` : decision.kind;
}

const azureFor = (mostDays: number): Partial<Policy> => ({
  azureExemptionsOf: () => ({ rule: 'azure', mostDays }),
});

it.each<[Given, string]>([
  [{ mode: 'off' }, 'ignore'],
  [{ mode: 'off', policy: { exemptionOf: () => exemption(inHours(1)) } }, 'ignore'],
  [{ mode: 'observe' }, 'hold observe'],
  [{ mode: 'observe', plan: notOffered }, 'hold observe'],
  [{ mode: 'approve' }, 'ask'],
  [{ mode: 'approve', witnessed: false }, 'ask'],
  [{ mode: 'approve', killSwitch: stopped }, 'ask'],
  [{ mode: 'approve', plan: notOffered }, 'hold not-offered'],
  [{ mode: 'approve', tugOfWar }, 'ask'],
  [{}, 'change'],
  [{ witnessed: false }, 'ask'],
  [{ witnessed: false, policy: { releaseOf: () => 'release' } }, 'change'],
  [{ plan: notOffered }, 'hold not-offered'],
  [{ plan: irreversible }, 'ask'],
  [{ policy: { exemptionOf: () => exemption(inHours(1)) } }, 'hold exempt'],
  [{ policy: { exemptionOf: () => exemption(now) } }, 'change'],
  [{ witnessed: false, permission: exemption(inHours(1)) }, 'hold exempt'],
  [{ witnessed: false, permission: exemption(now) }, 'change'],
  [{ azureExemptions: [azureExemption()] }, 'change'],
  [{ azureExemptions: [azureExemption()], policy: azureFor(30) }, 'hold exempt'],
  [{ azureExemptions: [azureExemption()], policy: azureFor(0.5) }, 'change'],
  [{ azureExemptions: [azureExemption({ expiresOn: undefined })], policy: azureFor(30) }, 'change'],
  [{ azureExemptions: [azureExemption({ expiresOn: now })], policy: azureFor(30) }, 'change'],
  [{ azureExemptions: [azureExemption({ definitions: ['another'] })], policy: azureFor(30) }, 'change'],
  [{ killSwitch: stopped }, 'hold kill-switch'],
  [{ manager: managed }, 'hold managed'],
  [{ manager: { kind: 'unknown', reason: 'may not read it' } }, 'ask'],
  [{ tugOfWar }, 'hold tug-of-war'],
  // Severe exposure is closed each time, after a pause that grows to ten seconds; nothing else is.
  [{ tugOfWar: { ...tugOfWar, closedAt: ago(1) } }, 'change'],
  [{ tugOfWar: { ...tugOfWar, rounds: 4, closedAt: ago(1) } }, 'hold tug-of-war'],
  [{ tugOfWar: { ...tugOfWar, rounds: 90, closedAt: ago(9.9) } }, 'hold tug-of-war'],
  [{ tugOfWar: { ...tugOfWar, rounds: 90, closedAt: ago(10) } }, 'change'],
  [{ tugOfWar: { ...tugOfWar, closedAt: ago(3_600) }, subject: subjectOf('critical') }, 'change'],
  [{ tugOfWar: { ...tugOfWar, closedAt: ago(3_600) }, subject: subjectOf('medium') }, 'hold tug-of-war'],
  [{ tugOfWar: { ...tugOfWar, closedAt: ago(3_600) }, subject: subjectOf('low') }, 'hold tug-of-war'],
  [{ tugOfWar: { ...tugOfWar, closedAt: undefined } }, 'change'],
  [{ breaker }, 'hold breaker'],
  [{ policy: { timingOf: () => frozen } }, 'hold frozen'],
  [{ policy: { timingOf: () => outside } }, 'hold outside-window'],
  [{ isOverBudget: true }, 'hold budget'],
  // The order: what only a person lifts, what stops everything, what passes by itself.
  [{ witnessed: false, isOverBudget: true }, 'ask'],
  [{ witnessed: false, manager: managed }, 'ask'],
  [{ manager: managed, tugOfWar }, 'hold managed'],
  [{ tugOfWar, killSwitch: stopped }, 'hold tug-of-war'],
  [{ killSwitch: stopped, breaker }, 'hold kill-switch'],
  [{ breaker, policy: { timingOf: () => frozen } }, 'hold breaker'],
  [{ policy: { timingOf: () => frozen }, isOverBudget: true }, 'hold frozen'],
  [{ manager: { kind: 'unknown', reason: 'may not read it' }, isOverBudget: true }, 'hold budget'],
])('%j: %s', (given, expected) => {
  expect(decided(given)).toBe(expected);
});

it.each<[Given, string, Date | undefined]>([
  [{ policy: { exemptionOf: () => exemption(inHours(1)) } }, 'exemption', inHours(1)],
  [{ azureExemptions: [azureExemption()], policy: azureFor(30) }, 'azure', inHours(24)],
  [{ policy: { timingOf: () => frozen } }, 'freeze', inHours(5)],
  [{ policy: { timingOf: () => outside } }, 'window', inHours(1)],
  [{ breaker }, 'only', inHours(2)],
  [{ isOverBudget: true }, 'only', new Date('2026-03-01T13:01:00.000Z')],
  [{ isOverBudget: true, roomAt: inHours(0.01) }, 'only', inHours(0.01)],
  [{ tugOfWar }, 'only', inHours(1 / 3_600)],
  [{ tugOfWar: { ...tugOfWar, rounds: 6 } }, 'only', inHours(8 / 3_600)],
  [{ tugOfWar: { ...tugOfWar, rounds: 7 } }, 'only', inHours(10 / 3_600)],
  [{ killSwitch: stopped }, 'only', new Date('2026-03-01T12:36:00.000Z')],
  [{ manager: managed }, 'only', inHours(1)],
])('%j names its rule, %s, and its end', (given, rule, until) => {
  const decision = decide(circumstances(given));
  expect(decision).toMatchObject({ kind: 'hold', rule });
  expect('until' in decision ? decision.until : undefined).toEqual(until);
});

const anyGiven = fc.record({
  mode: fc.constantFrom<Mode>('off', 'observe', 'approve', 'auto', 'auto', 'auto'),
  plan: fc.constantFrom(change(), change(), change(), notOffered, irreversible),
  witnessed: fc.boolean(),
  release: fc.constantFrom(undefined, 'release'),
  exempt: fc.constantFrom(undefined, undefined, exemption(inHours(1)), exemption(inHours(-1))),
  permission: fc.constantFrom(undefined, undefined, exemption(inHours(1)), exemption(inHours(-1))),
  azure: fc.constantFrom(undefined, azureFor(30), azureFor(0.5)),
  azureExemptions: fc.subarray([azureExemption(), azureExemption({ expiresOn: undefined })]),
  timing: fc.constantFrom<Timing>({ kind: 'open' }, { kind: 'open' }, frozen, outside),
  killSwitch: fc.constantFrom<SwitchState>(calm.killSwitch, calm.killSwitch, stopped, {
    changes: 'stopped',
    because: 'absent',
  }),
  manager: fc.constantFrom<Manager>(calm.manager, calm.manager, managed, {
    kind: 'unknown',
    reason: 'may not read it',
  }),
  subject: fc.constantFrom(subjectOf('high'), subjectOf('critical'), subjectOf('medium')),
  tugOfWar: fc.constantFrom(undefined, undefined, tugOfWar, { ...tugOfWar, closedAt: ago(60) }),
  breaker: fc.constantFrom(undefined, undefined, breaker),
  isOverBudget: fc.boolean(),
});

it('changes only what nothing at all forbids, and all of that', () => {
  fc.assert(
    fc.property(anyGiven, ({ release, exempt, azure, timing, ...given }) => {
      const policy = {
        releaseOf: () => release,
        exemptionOf: () => exempt,
        timingOf: () => timing,
        ...azure,
      };
      const isExempt =
        [exempt, given.permission].some((ruling) => ruling !== undefined && ruling.expires > now) ||
        (azure?.azureExemptionsOf!(circumstances({}).subject)?.mostDays === 30 &&
          given.azureExemptions.some(({ expiresOn }) => expiresOn !== undefined));
      const isReleased = release !== undefined || (given.permission !== undefined && !isExempt);
      const mayChange =
        given.mode === 'auto' &&
        given.plan === anyGivenChange(given.plan) &&
        (given.witnessed || isReleased) &&
        !isExempt &&
        timing.kind === 'open' &&
        given.killSwitch.changes === 'allowed' &&
        given.manager.kind === 'none' &&
        (given.tugOfWar === undefined ||
          (given.subject.severity !== 'medium' && given.tugOfWar.closedAt < now.toISOString())) &&
        given.breaker === undefined &&
        !given.isOverBudget;
      expect(decided({ ...given, policy }) === 'change').toBe(mayChange);
    }),
    { numRuns: runs(3_000) },
  );
});

/** The plan itself when it is a change that can be taken back. */
function anyGivenChange(plan: Plan): Plan | undefined {
  return plan.kind === 'change' && plan.change.undo.kind !== 'none' ? plan : undefined;
}

it('guardrails only hold or ask: what would not be changed stays as it is decided', () => {
  fc.assert(
    fc.property(anyGiven, ({ release, exempt, azure, timing, ...given }) => {
      const policy = {
        releaseOf: () => release,
        exemptionOf: () => exempt,
        timingOf: () => timing,
        ...azure,
      };
      const without = decided({
        ...given,
        ...calm,
        policy: { ...policy, timingOf: () => ({ kind: 'open' }) },
      });
      if (without !== 'change') {
        expect(decided({ ...given, policy })).toBe(without);
      }
    }),
  );
});
