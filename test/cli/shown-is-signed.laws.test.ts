import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printCase } from '../../cli/case-report.ts';
import { viewOf } from '../../cli/case-view.ts';
import { detailLines } from '../../cli/decision-text.ts';
import { openScreen } from '../../cli/screen.ts';
import { catalogue } from '../../remediators/index.ts';
import { proposedOf, summaryOf } from '../../shared/api/case-answers.ts';
import { CaseDetail } from '../../shared/api/schemas.ts';
import { indexCase } from '../../shared/case-index/indexed-case.ts';
import type { CaseData } from '../../shared/case/case-data.ts';
import { isReadable } from '../../shared/case/case-data.ts';
import { planFor } from '../../shared/case/one-step.ts';
import { type Proposal, proposalHash } from '../../shared/case/proposal.ts';
import { toStored } from '../../shared/case/differences.ts';
import { automationVerified } from '../../shared/contract/engine-controls.ts';
import type { Json, JsonObject } from '../../shared/contract/json.ts';
import type { Observation } from '../../shared/contract/observation.ts';
import type { Remediator } from '../../shared/contract/remediator.ts';
import type { CaseRow } from '../../shared/ledger/ledger.ts';
import { subscriptionNames } from '../../shared/subscription-names.ts';
import { account, container } from '../support/estate.ts';
import { runs } from '../support/effort.ts';

/** Whoever decides is bound to the hash of a proposal, so all that is hashed has to be before the caller of API and CLI. */

const subscription = '11111111-1111-4111-8111-111111111111';
const now = new Date('2026-03-01T12:00:00.000Z');
const controls = catalogue.map(({ meta }) => meta);

interface Given {
  readonly state: CaseRow['state'];
  readonly data: JsonObject;
}

function rowOf({ state, data }: Given): CaseRow {
  return { key: 'k', caseId: 'aaaa1111-0000-4000-8000-000000000001', state, sequence: 7, data };
}

/** The answer of the API about a case. */
function detailOf(given: Given): CaseDetail {
  const found = indexCase(subscription, rowOf(given), undefined);
  const { hash, proposal } = proposedOf(found);
  return CaseDetail.parse({
    ...summaryOf(found, controls, subscriptionNames({})),
    hash,
    proposal,
    options: { allowed: [], why: {}, given: [], needed: {} },
    story: { entries: [], isCut: false, unreadable: 0 },
  });
}

/** The hash that a caller works out from an answer, and from nothing else. */
function hashFrom(answer: Omit<CaseDetail, 'hash' | 'case'> & { readonly id: string }): string {
  const { undoes, id, resource, control, proposal } = answer;
  return proposalHash({ caseId: undoes ?? id, resource, control, ...proposal } as unknown as Proposal);
}

async function shownBy(given: Given, json: boolean): Promise<string> {
  const detail = detailOf(given);
  let out = '';
  await printCase(viewOf(detail, undefined, catalogue), detail, {
    output: {
      write: (text) => Promise.resolve(void (out += text)),
      data: (text) => Promise.resolve(void (out += text)),
      tell: () => undefined,
    },
    screen: openScreen({ isTerminal: false }, {}, false),
    json,
    now,
    isWhole: true,
  });
  return out;
}

const dataOf = (about: Partial<CaseData>): JsonObject =>
  JSON.parse(
    JSON.stringify({
      root: '/r',
      resource: '/r',
      control: 'storage-account-https-only',
      severity: 'high',
      witnessed: true,
      firstSeenDrifted: now.toISOString(),
      opener: { grade: 'unknown' },
      differences: [],
      requestIds: [],
      ...about,
    }),
  ) as JsonObject;

const open = {
  allowBlobPublicAccess: true,
  supportsHttpsTrafficOnly: false,
  minimumTlsVersion: 'TLS1_0',
  allowSharedKeyAccess: true,
  publicNetworkAccess: 'Enabled',
  encryption: { requireInfrastructureEncryption: false, keySource: 'Microsoft.Storage' },
};
const absent = Object.fromEntries(Object.keys(open).map((name) => [name, undefined]));

/** Bodies that are not as a control wants them: written so, and left out. */
function observationsOf({ meta }: Remediator): readonly Observation[] {
  return [open, absent].map((properties) => {
    const root = JSON.parse(
      JSON.stringify(account(subscription, 'weights', properties)),
    ) as Observation['resource'];
    return {
      resource: meta.part === meta.observes ? root : container(root.id, 'models', 'Blob'),
      root,
      isComplete: true,
    };
  });
}

/** A case of each drift that a control finds in them. */
function casesOf(remediator: Remediator): readonly Given[] {
  return observationsOf(remediator).flatMap((observation) => {
    const found = remediator.detect(observation);
    if (found.kind !== 'drifted') {
      return [];
    }
    const plan = planFor(remediator, observation, found);
    const data = dataOf({
      resource: observation.resource.id,
      control: remediator.meta.id,
      differences: found.differences.map(toStored),
      ...(plan.kind === 'change' && { change: plan.change }),
    });
    return [
      { state: 'awaiting-decision', data },
      { state: 'closed', data: { ...data, closed: 'fixed' } },
    ] satisfies Given[];
  });
}

/** Every other object that differs from a value in one place: a leaf, the name of a member, or a member more. */
function neighboursOf(value: Json): readonly Json[] {
  if (typeof value !== 'object' || value === null) {
    return [typeof value === 'string' ? `${value}~` : [value], 'other', null, true];
  }
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    return items.flatMap((item, index) => neighboursOf(item).map((other) => items.with(index, other)));
  }
  const members = Object.entries(value as JsonObject);
  return [
    ...members.flatMap(([name, member], index) => [
      ...neighboursOf(member).map((other) => Object.fromEntries(members.with(index, [name, other]))),
      Object.fromEntries(members.with(index, [`${name}~`, member])),
    ]),
    { ...(value as JsonObject), more: 'than that' },
  ];
}

/** Cases that differ in one place: a person could be shown one of them and be bound to another. */
function othersThan({ state, data }: Given): readonly Given[] {
  return ['change', 'differences', 'undo', 'resource', 'control'].flatMap((name) => {
    const member = data[name];
    return member === undefined
      ? []
      : neighboursOf(member)
          .map((other): Given => ({ state, data: { ...data, [name]: other } }))
          .filter((each) => isReadable(rowOf(each)));
  });
}

async function expectShown(given: Given): Promise<number> {
  const detail = detailOf(given);
  expect(hashFrom({ ...detail, id: detail.case })).toBe(detail.hash);
  const printed = JSON.parse((await shownBy(given, true)).split('\n')[0] ?? '') as CaseDetail & {
    id: string;
  };
  expect(hashFrom(printed)).toBe(detail.hash);

  const before = { asked: detailLines(detail).join('\n'), shown: await shownBy(given, false) };
  const others = othersThan(given).filter((other) => detailOf(other).hash !== detail.hash);
  for (const other of others) {
    expect(detailLines(detailOf(other)).join('\n'), JSON.stringify(other.data)).not.toBe(before.asked);
    expect(await shownBy(other, false), JSON.stringify(other.data)).not.toBe(before.shown);
  }
  return others.length;
}

describe('a proposal is shown as it is hashed', () => {
  it.each(catalogue)('of each drift of $meta.id', async (remediator) => {
    const cases = casesOf(remediator);
    expect(cases.length).toBeGreaterThan(0);
    for (const given of cases) {
      expect(await expectShown(given)).toBeGreaterThan(5);
    }
  });

  it('of a control of the engine, which offers no change', async () => {
    const differences = [{ path: 'failures', actual: 3, desired: 0 }];
    await expectShown({ state: 'open', data: dataOf({ control: automationVerified, differences }) });
  });

  it('whatever the change is', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (given) => {
        await expectShown(given);
      }),
      { numRuns: runs(60) },
    );
  });
});

const name = fc.oneof(
  fc.string(),
  fc.constantFrom('properties.a', 'properties.b', 'toString', '__proto__', '\u202e', '->'),
);
const json = fc.oneof(
  { weight: 9, arbitrary: fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json> },
  fc.constant(JSON.parse('{ "__proto__": "kept", "other": 1 }') as Json),
);
const condition = fc.oneof(fc.record({ is: json }), fc.constant({ absent: true as const }));
const conditions = fc.dictionary(name, condition, { maxKeys: 2 });
const change = fc.record({
  steps: fc.array(
    fc.record({
      kind: fc.constantFrom('storage-account-update', 'blob-container-update'),
      target: fc.constantFrom('/r', '/r/c'),
      before: conditions,
      after: conditions,
    }),
    { maxLength: 2 },
  ),
  impact: name,
  undo: fc.oneof(
    fc.record(
      { kind: fc.constant('exact' as const), note: name },
      { requiredKeys: ['kind'] },
    ) as fc.Arbitrary<{ readonly kind: 'exact'; readonly note?: string }>,
    fc.record({
      kind: fc.constant('default' as const),
      note: name,
      values: fc.dictionary(name, json, { maxKeys: 2 }),
    }),
    fc.record({ kind: fc.constant('none' as const), note: name }),
  ),
});
const undo = fc.record({
  caseId: fc.uuid(),
  actor: fc.constant({}),
  owner: name,
  reason: name,
  until: fc.constant(now.toISOString()),
});
const differences = fc.array(fc.record({ path: name, actual: json, desired: json }), { maxLength: 2 });
const cases: fc.Arbitrary<Given> = fc
  .record({
    state: fc.constantFrom('awaiting-decision', 'closed'),
    change: fc.option(change, { nil: undefined }),
    undo: fc.option(undo, { nil: undefined }),
    differences,
  })
  .map(({ state, ...about }) => ({
    state,
    data: dataOf(about as Partial<CaseData>),
  }))
  // A case that cannot be read is shown as such, and nobody decides about it.
  .filter((given) => isReadable(rowOf(given)));
