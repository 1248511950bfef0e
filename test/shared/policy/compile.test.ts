import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../remediators/index.ts';
import { controlFacts } from '../../../shared/policy/control-facts.ts';
import { explainPolicy } from '../../../shared/policy/explain.ts';
import { defaultLimits, defaultPolicy } from '../../../shared/policy/policy.ts';
import { readPolicy } from '../../../shared/policy/read-policy.ts';
import {
  account,
  arbitrarySubject,
  group,
  otherSubscription,
  policyOf,
  read,
  subject,
  subscription,
} from '../../support/policies.ts';

const exemption = {
  name: 'partner',
  scope: group,
  control: 'account-*',
  owner: 'head-of-data',
  reason: 'the partner needs it',
  ticket: 'SEC-1',
  created: '2026-02-01T12:00:00+02:00',
  expires: '2026-03-01',
};

describe('exemptions', () => {
  const policy = policyOf({ exemptions: [exemption] });
  const holds = (moment: string, given = {}) =>
    policy.exemptionOf(subject(given), new Date(moment)) !== undefined;

  it('say who, why and until when', () => {
    expect(policy.exemptionOf(subject(), new Date('2026-02-10'))).toEqual({
      rule: 'partner',
      owner: 'head-of-data',
      reason: 'the partner needs it',
      ticket: 'SEC-1',
      expires: new Date('2026-03-01T00:00:00Z'),
    });
  });

  it('hold from the first moment, and not at the last', () => {
    expect(holds('2026-02-01T09:59:59.999Z')).toBe(false);
    expect(holds('2026-02-01T10:00:00Z')).toBe(true);
    expect(holds('2026-02-28T23:59:59.999Z')).toBe(true);
    expect(holds('2026-03-01T00:00:00Z')).toBe(false);
  });

  it('cover their scope and controls alone', () => {
    expect(holds('2026-02-10', { control: 'container-access' })).toBe(false);
    expect(holds('2026-02-10', { resource: account.replace('rg-models', 'rg-models-2') })).toBe(false);
    expect(holds('2026-02-10', { resource: account.toUpperCase() })).toBe(true);
  });

  it('never hold before they were created, nor once they have expired', () => {
    const day = 24 * 60 * 60_000;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 1, max: 90 }),
        fc.oneof(fc.integer({ min: -100, max: 500 }), fc.constantFrom('created', 'expires')),
        arbitrarySubject,
        (from, days, when, asked) => {
          const at = when === 'created' ? from : when === 'expires' ? from + days : when;
          const moment = (count: number) => Date.parse('2026-01-01') + count * day;
          const text = (count: number) => new Date(moment(count)).toISOString();
          const exemptions = [
            { ...exemption, scope: '*', control: '*', created: text(from), expires: text(from + days) },
          ];
          const ruling = policyOf({ exemptions }).exemptionOf(asked, new Date(moment(at)));
          expect(ruling !== undefined).toBe(at >= from && at < from + days);
        },
      ),
    );
  });

  it('follow one another', () => {
    const next = { ...exemption, name: 'renewed', created: '2026-02-20', expires: '2026-04-01' };
    const both = policyOf({ exemptions: [exemption, next] });
    expect(both.exemptionOf(subject(), new Date('2026-02-25'))?.rule).toBe('partner');
    expect(both.exemptionOf(subject(), new Date('2026-03-02'))?.rule).toBe('renewed');
  });
});

describe('the rest of the document', () => {
  const policy = policyOf({
    ownership: [
      { name: 'team', scope: group, control: 'account-tls', owner: 'team', due: '4h' },
      { name: 'rest', owner: 'platform', due: '3d' },
    ],
    release: [{ name: 'tls', scope: subscription, control: 'account-tls' }],
    azurePolicyExemptions: [{ name: 'azure', scope: [group], mostDays: 30 }],
    approvers: [
      {
        name: 'all',
        scope: '*',
        principals: [{ id: 'AAAAAAAA-0000-4000-8000-000000000001', label: 'on call' }],
      },
      {
        name: 'models',
        scope: group,
        quorum: 2,
        principals: [
          { id: 'aaaaaaaa-0000-4000-8000-000000000001', label: 'on call' },
          { id: 'bbbbbbbb-0000-4000-8000-000000000001', label: 'models' },
        ],
      },
    ],
    networks: {
      approved: [{ name: 'office', cidr: '203.0.113.0/24' }],
      guardedSubnets: [`${group}/providers/Microsoft.Network/virtualNetworks/v/subnets/S`],
    },
    limits: {
      changesPerHour: 7,
      breaker: { failures: 2, within: '90m' },
      tugOfWar: { rounds: 4, within: '2d' },
    },
  });

  it('ownership: the first that matches', () => {
    expect(policy.ownershipOf(subject())).toEqual({ rule: 'team', owner: 'team', dueInMs: 4 * 3_600_000 });
    expect(policy.ownershipOf(subject({ control: 'account-https' }))?.dueInMs).toBe(72 * 3_600_000);
  });

  it('release', () => {
    expect(policy.releaseOf(subject())).toBe('tls');
    expect(policy.releaseOf(subject({ control: 'account-https' }))).toBeUndefined();
    expect(
      policy.releaseOf(subject({ resource: account.replace(subscription, otherSubscription) })),
    ).toBeUndefined();
  });

  it("Azure's exemptions", () => {
    expect(policy.azureExemptionsOf(subject())).toEqual({ rule: 'azure', mostDays: 30 });
    expect(policy.azureExemptionsOf(subject({ resource: otherSubscription }))).toBeUndefined();
  });

  it('how long a question stands, and how many have to agree: the largest number of every entry that matches', () => {
    expect(policy.limits.decisionMs).toBe(3 * 24 * 3_600_000);
    expect(policyOf({ limits: { decisionTime: '90m' } }).limits.decisionMs).toBe(90 * 60_000);
    expect(policy.quorumOf(account)).toBe(2);
    expect(policy.quorumOf(otherSubscription)).toBe(1);
  });

  it('approvers: of every entry that matches, each once', () => {
    const labels = (resource: string) => policy.approversOf(resource).map(({ label }) => label);
    expect(labels(account)).toEqual(['on call', 'models']);
    expect(labels(otherSubscription)).toEqual(['on call']);
  });

  it('limits: what is absent is the default', () => {
    expect(policy.limits).toEqual({
      ...defaultLimits,
      changesPerHour: 7,
      breaker: { failures: 2, withinMs: 90 * 60_000 },
      tugOfWar: { rounds: 4, withinMs: 48 * 3_600_000 },
    });
  });

  it('that says nothing is the default policy under another name', () => {
    const empty = policyOf({});
    fc.assert(
      fc.property(arbitrarySubject, (asked) => {
        const now = new Date('2026-03-01');
        for (const one of [empty, defaultPolicy]) {
          expect(one.modeOf(asked)).toEqual({ mode: asked.defaultMode, rule: 'default' });
          expect(one.exemptionOf(asked, now)).toBeUndefined();
          expect(one.timingOf(asked, now)).toEqual({ kind: 'open' });
          expect(one.releaseOf(asked)).toBeUndefined();
        }
        expect(empty.limits).toEqual(defaultPolicy.limits);
      }),
    );
  });
});

describe('explain', () => {
  it('says of every rule what became of it', () => {
    const rules = [
      { name: 'elsewhere', scope: otherSubscription, mode: 'observe' },
      {
        name: 'containers',
        type: 'Microsoft.Storage/storageAccounts/blobServices/containers',
        mode: 'observe',
      },
      { name: 'https', control: 'account-https', mode: 'observe' },
      { name: 'grave', severity: 'critical', mode: 'observe' },
      { name: 'tagged', tag: { lost: '*' }, mode: 'observe' },
      { name: 'lax', tag: { owner: 'me' }, mode: 'observe' },
      { name: 'asked', mode: 'approve' },
      { name: 'late', tag: { owner: 'me' }, scope: group, mode: 'auto' },
    ];
    const accepted = read(JSON.stringify({ format: 1, rules })).accepted!;
    const { rules: told, ruling } = explainPolicy(
      accepted,
      subject({ tags: { owner: 'me' } }),
      new Date('2026-03-01'),
    );
    expect(ruling).toEqual({ mode: 'approve', rule: 'asked' });
    expect(
      told.map(({ name, verdict }) => [name, verdict.kind === 'mismatch' ? verdict.by : verdict.kind]),
    ).toEqual([
      ['elsewhere', 'scope'],
      ['containers', 'type'],
      ['https', 'control'],
      ['grave', 'severity'],
      ['tagged', 'tag'],
      ['lax', 'tag-may-not-loosen'],
      ['asked', 'decides'],
      ['late', 'not-reached'],
    ]);
  });

  it('says the same as the policy', () => {
    const accepted = read(JSON.stringify({ format: 1, exemptions: [exemption] })).accepted!;
    const now = new Date('2026-02-10');
    const explanation = explainPolicy(accepted, subject(), now);
    expect(explanation).toMatchObject({
      policy: accepted.policy.name,
      ruling: { mode: 'auto', rule: 'default' },
      exemption: { rule: 'partner' },
      timing: { kind: 'open' },
    });
  });
});

it('the example policy is accepted without a word', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../infra/policy.example.yaml'), 'utf8');
  const reading = readPolicy(text, { controls: controlFacts(catalogue), now: new Date('2026-12-01') });
  expect(reading.diagnostics).toEqual([]);
  expect(reading.accepted?.document.exemptions).toHaveLength(1);
});
