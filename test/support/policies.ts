import fc from 'fast-check';
import type { Severity } from '../../shared/contract/observation.ts';
import type { ControlFacts } from '../../shared/policy/control-facts.ts';
import type { PolicyDocument, RuleEntry } from '../../shared/policy/document.ts';
import type { Policy, PolicySubject } from '../../shared/policy/policy.ts';
import { type PolicyReading, readPolicy } from '../../shared/policy/read-policy.ts';

/** A small catalogue of its own, so that tests of the policy do not change with the controls. */
export const testControls: readonly ControlFacts[] = [
  control('account-tls', 'Microsoft.Storage/storageAccounts', 'auto'),
  control('account-https', 'Microsoft.Storage/storageAccounts', 'auto'),
  control('account-network', 'Microsoft.Storage/storageAccounts', 'approve'),
  { ...control('account-encryption', 'Microsoft.Storage/storageAccounts', 'observe'), isReversible: false },
  control('container-access', 'Microsoft.Storage/storageAccounts/blobServices/containers', 'auto'),
];

function control(id: string, type: string, defaultMode: ControlFacts['defaultMode']): ControlFacts {
  return { id, type, defaultMode, isReversible: true };
}

/** When tests read policies. */
export const today = new Date('2026-03-01T12:00:00Z');

export function read(text: string, now = today): PolicyReading {
  return readPolicy(text, { controls: testControls, now });
}

/** The policy of a document that must be accepted. */
export function policyOf(document: Partial<PolicyDocument>): Policy {
  const { accepted, diagnostics } = read(JSON.stringify({ format: 1, ...document }));
  if (accepted === undefined) {
    throw new Error(JSON.stringify(diagnostics));
  }
  return accepted.policy;
}

export const subscription = '/subscriptions/11111111-1111-4111-8111-111111111111';
export const otherSubscription = '/subscriptions/22222222-2222-4222-8222-222222222222';
export const group = `${subscription}/resourceGroups/rg-models`;
export const account = `${group}/providers/Microsoft.Storage/storageAccounts/models`;
const container = `${account}/blobServices/default/containers/weights`;

export function subject(given: Partial<PolicySubject> = {}): PolicySubject {
  return { control: 'account-tls', defaultMode: 'auto', resource: account, severity: 'medium', ...given };
}

const severities: readonly Severity[] = ['low', 'medium', 'high', 'critical'];
const modes = ['off', 'observe', 'approve', 'auto'] as const;
/** Neighbours whose names begin alike, and other cases of letters. */
const scopes = [
  '*',
  subscription,
  subscription.toUpperCase().replace('SUBSCRIPTIONS', 'Subscriptions'),
  otherSubscription,
  group,
  `${group}-2`,
  group.toUpperCase(),
  account,
  `${account}2`,
  container,
];
const resources = [
  account,
  account.toUpperCase(),
  `${account}2`,
  container,
  `${group}-2`,
  group,
  subscription,
];
const patterns = ['*', 'account-*', 'account-tls', 'account-network', 'container-*', 'container-access'];
const tags = ['environment', 'Environment', 'owner', 'data-class'];
const values = ['a', 'b', 'A'];

const oneOrMany = <Item>(items: readonly Item[]) =>
  fc.oneof(fc.constantFrom(...items), fc.array(fc.constantFrom(...items), { minLength: 1, maxLength: 3 }));
const absent = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

/** Rules over a few scopes, controls and tags, so that many of them match and cover one another. */
export const arbitraryRules: fc.Arbitrary<RuleEntry[]> = fc
  .array(
    fc.record({
      scope: absent(oneOrMany(scopes)),
      type: absent(oneOrMany(testControls.map(({ type }) => type))),
      control: absent(oneOrMany(patterns)),
      tag: absent(
        fc.dictionary(fc.constantFrom(...tags), fc.constantFrom('*', ...values), { minKeys: 1, maxKeys: 2 }),
      ),
      severity: absent(oneOrMany(severities)),
      mode: fc.constantFrom(...modes),
    }),
    { maxLength: 8 },
  )
  .map((rules) => rules.map((rule, index) => ({ name: `rule-${index}`, ...rule })));

export const arbitraryTags = fc.dictionary(fc.constantFrom(...tags), fc.constantFrom(...values));

export const arbitrarySubject: fc.Arbitrary<PolicySubject> = fc.record({
  control: fc.constantFrom(...testControls.map(({ id }) => id)),
  defaultMode: fc.constantFrom(...modes),
  resource: fc.constantFrom(...resources),
  severity: fc.constantFrom(...severities),
  tags: arbitraryTags,
});

const day = 24 * 60 * 60_000;
const start = Date.parse('2026-01-01T00:00:00Z');
const moment = (least: number, most: number) =>
  fc
    .integer({ min: least, max: most })
    .map((days) => new Date(start + days * day).toISOString().slice(0, 10));
const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));

export const arbitraryWindow = fc
  .record({
    days: fc.uniqueArray(fc.constantFrom(...(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const)), {
      minLength: 1,
    }),
    from: time,
    to: fc.oneof(time, fc.constant('24:00')),
    zone: fc.constantFrom(
      'Europe/Berlin',
      'America/New_York',
      'UTC',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
    ),
    exceptCritical: absent(fc.boolean()),
  })
  .filter(({ from, to }) => from !== to);

export const arbitraryFreeze = fc
  .record({
    from: moment(0, 400),
    days: fc.integer({ min: 1, max: 40 }),
    exceptCritical: absent(fc.boolean()),
  })
  .map(({ from, days, exceptCritical }) => ({
    from,
    until: new Date(Date.parse(from) + days * day).toISOString(),
    reason: 'nobody is there',
    exceptCritical,
  }));

const matchers = { scope: oneOrMany(scopes), control: oneOrMany(patterns) };
const named = <Entry>(kind: string, entry: fc.Arbitrary<Entry>, maxLength = 3) =>
  fc
    .array(entry, { maxLength })
    .map((entries) => entries.map((each, index) => ({ name: `${kind}-${index}`, ...each })));

/** Documents that may be accepted: all but those whose rules contradict one another. */
export const arbitraryDocument: fc.Arbitrary<PolicyDocument> = fc.record(
  {
    format: fc.constant(1 as const),
    rules: arbitraryRules,
    exemptions: named(
      'exemption',
      fc
        .record({ ...matchers, created: moment(0, 100), days: fc.integer({ min: 1, max: 90 }) })
        .map(({ days, ...entry }) => ({
          ...entry,
          owner: 'owner@example.com',
          reason: 'because: "it" must #1',
          ticket: '0042',
          expires: new Date(Date.parse(entry.created) + days * day).toISOString().slice(0, 10),
        })),
    ),
    ownership: named(
      'owner',
      fc.record({
        ...matchers,
        owner: fc.constantFrom('yes', '1e3', 'null'),
        due: fc.constantFrom('4h', '3d'),
      }),
    ),
    windows: named('window', arbitraryWindow),
    freezes: named('freeze', arbitraryFreeze),
    limits: fc.record({
      criticalReserve: fc.constantFrom(0, 0.5),
      changesPerHour: fc.integer({ min: 1, max: 9 }),
    }),
    release: named('release', fc.record(matchers)),
    azurePolicyExemptions: named(
      'azure',
      fc.record({ scope: matchers.scope, mostDays: fc.integer({ min: 1, max: 365 }) }),
    ),
    protectedTags: fc.subarray(['environment', 'DATA-CLASS']),
  },
  { requiredKeys: ['format'] },
);
