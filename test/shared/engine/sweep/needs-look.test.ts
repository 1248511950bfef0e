import { describe, expect, it } from 'vitest';
import { storageAccountMinTls } from '../../../../remediators/storage-account-min-tls.ts';
import type { Observer } from '../../../../shared/contract/observer.ts';
import { storageAccountRoot } from '../../../../shared/azure/observers/storage-account.ts';
import type { Case } from '../../../../shared/case/draft.ts';
import type { Drift } from '../../../../shared/contract/observation.ts';
import { lookFor } from '../../../../shared/engine/sweep/needs-look.ts';
import { caseKey } from '../../../../shared/ledger/format/keys.ts';
import type { PolicyDocument } from '../../../../shared/policy/document.ts';
import type { Policy } from '../../../../shared/policy/policy.ts';
import { defaultPolicy } from '../../../../shared/policy/policy.ts';
import { parseResourceId } from '../../../../shared/resource-id.ts';
import { account, newSubscription } from '../../../support/estate.ts';
import { policyOf } from '../../../support/policies.ts';

const observer = { ...storageAccountRoot, wantsAllChildren: () => false } as unknown as Observer;
const at = new Date('2026-03-01T12:00:00Z');
const drifted = account(newSubscription(), 'weights', { minimumTlsVersion: 'TLS1_0' });
const { severity } = storageAccountMinTls.meta;

function isLookedAt(
  policy: Policy,
  {
    body = drifted,
    known,
    drift = {},
  }: { readonly body?: object; readonly known?: Case; readonly drift?: Partial<Drift> } = {},
): boolean {
  const { detect } = storageAccountMinTls;
  const remediator: typeof storageAccountMinTls = {
    ...storageAccountMinTls,
    detect: (observation) => {
      const finding = detect(observation);
      return finding.kind === 'drifted' ? { ...finding, ...drift } : finding;
    },
  };
  const cases = new Map(known === undefined ? [] : [[known.key, known] as const]);
  return (
    lookFor({ remediators: [remediator], policy }, observer, { ...drifted, ...body }, at, cases) !== undefined
  );
}

describe('a drift without a case', () => {
  const off = { name: 'off', mode: 'off' } as const;
  const policyWith = (...rules: PolicyDocument['rules'] & object) =>
    policyOf({ protectedTags: ['env'], rules });

  it('is left alone where the policy turns its control off', () => {
    expect(isLookedAt(policyWith(off))).toBe(false);
    expect(isLookedAt(defaultPolicy)).toBe(true);
  });

  it('is looked at where its tags say so, whatever holds for others', () => {
    const policy = policyWith({ name: 'prod', tag: { env: 'prod' }, mode: 'auto' }, off);
    expect(isLookedAt(policy)).toBe(false);
    expect(isLookedAt(policy, { body: { tags: { env: 'prod' } } })).toBe(true);
  });

  it('is looked at where its own severity says so, not that of its control', () => {
    const policy = policyWith({ name: 'worst', severity: 'critical', mode: 'auto' }, off);
    expect(severity).not.toBe('critical');
    expect(isLookedAt(policy)).toBe(false);
    expect(isLookedAt(policy, { drift: { severity: 'critical' } })).toBe(true);
  });
});

describe('a drift that is as its case says', () => {
  const knownAs = (state: Case['state'], policy?: string): Case => ({
    key: caseKey(parseResourceId(drifted.id).key, drifted.id, storageAccountMinTls.meta.id),
    caseId: 'case',
    state,
    expected: 1,
    data: {
      root: drifted.id,
      resource: drifted.id,
      control: storageAccountMinTls.meta.id,
      severity,
      witnessed: false,
      firstSeenDrifted: at.toISOString(),
      opener: { grade: 'unknown' },
      differences: differences(),
      requestIds: [],
      ...(policy === undefined ? {} : { policy }),
    },
  });
  const differences = () => {
    const finding = storageAccountMinTls.detect({ resource: drifted, root: drifted, isComplete: true });
    return finding.kind === 'drifted' ? [...finding.differences] : [];
  };
  const next = policyOf({ rules: [] });

  it.each(['held', 'awaiting-decision', 'failed'] as const)(
    'is looked at once the policy is another one than its case (%s) was decided under',
    (state) => {
      expect(isLookedAt(defaultPolicy, { known: knownAs(state, 'default') })).toBe(false);
      expect(isLookedAt(next, { known: knownAs(state, next.name) })).toBe(false);
      expect(isLookedAt(next, { known: knownAs(state, 'default') })).toBe(true);
    },
  );

  it.each([
    ['held', true],
    ['awaiting-decision', true],
    ['failed', false],
    ['waiting', false],
  ] as const)('and whose case (%s) does not say under which policy: %s', (state, isWanted) => {
    expect(isLookedAt(defaultPolicy, { known: knownAs(state) })).toBe(isWanted);
  });
});
