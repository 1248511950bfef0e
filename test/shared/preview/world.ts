import * as fc from 'fast-check';
import { storageAccountRoot } from '../../../shared/azure/observers/storage-account.ts';
import type { JsonObject } from '../../../shared/contract/json.ts';
import { type BodySource, readBody } from '../../../shared/preview/body.ts';
import { Finder } from '../../../shared/preview/finder.ts';
import type { Found, FoundDrift } from '../../../shared/preview/found.ts';
import { defaultPolicy, type Policy } from '../../../shared/policy/policy.ts';
import { catalogue } from '../../../remediators/index.ts';
import { account, container } from '../../support/estate.ts';

export const subscription = '11111111-1111-4111-8111-111111111111';
export const now = new Date('2026-03-01T12:00:00.000Z');

/** Judges bodies as an inventory gives them. */
export function findIn(
  bodies: readonly object[],
  { source = 'resource-manager', isWitnessed = false }: { source?: BodySource; isWitnessed?: boolean } = {},
): readonly Found[] {
  const finder = new Finder({
    remediators: catalogue,
    roots: [storageAccountRoot],
    isWitnessed: () => isWitnessed,
  });
  bodies.forEach((body, index) => {
    finder.add(readBody(JSON.stringify(body), source, { file: 'inventory', line: index + 1 }));
  });
  return finder.finish().found;
}

export function driftsIn(...given: Parameters<typeof findIn>): readonly FoundDrift[] {
  return findIn(...given).filter((found) => found.kind === 'drifted');
}

/** What was found, without where: in one order. */
export function gist(found: readonly Found[]): readonly string[] {
  return found
    .map((each) =>
      each.kind === 'drifted'
        ? `${each.resource} ${each.remediator.meta.id} ${each.severity} ${JSON.stringify(each.drift)}`
        : `${each.resource} ${each.control ?? ''} unknown ${each.why}`,
    )
    .sort();
}

const absentOr = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const properties = fc.record({
  allowBlobPublicAccess: absentOr(fc.boolean()),
  supportsHttpsTrafficOnly: absentOr(fc.boolean()),
  minimumTlsVersion: absentOr(fc.constantFrom('TLS1_0', 'TLS1_2', 'TLS1_3')),
  allowSharedKeyAccess: absentOr(fc.boolean()),
  publicNetworkAccess: absentOr(fc.constantFrom('Enabled', 'Disabled', 'SecuredByPerimeter')),
});

/** Accounts, some with containers, of which an account may be missing. */
export const inventories: fc.Arbitrary<readonly JsonObject[]> = fc
  .array(
    fc.record({
      properties,
      isGiven: fc.boolean(),
      containers: fc.array(fc.constantFrom('None', 'Blob', 'Container'), { maxLength: 3 }),
    }),
    { maxLength: 4 },
  )
  .map((accounts) =>
    accounts.flatMap(({ properties: given, isGiven, containers }, index) => {
      const root = account(subscription, `account${index}`, given);
      const children = containers.map((access, number) => container(root.id, `c${number}`, access as 'Blob'));
      return [...(isGiven || children.length === 0 ? [root] : []), ...children].map(
        (body) => JSON.parse(JSON.stringify(body)) as JsonObject,
      );
    }),
  );

/** Policies that rule by control, as different as can be. */
export const policies: fc.Arbitrary<Policy> = fc
  .record({
    seed: fc.nat(),
    isOpen: fc.boolean(),
    releases: fc.boolean(),
    exempts: fc.constantFrom(...catalogue.map(({ meta }) => meta.id), ''),
  })
  .map(({ seed, isOpen, releases, exempts }) => ({
    ...defaultPolicy,
    name: `policy ${seed}`,
    modeOf: ({ control }) => {
      const choice = (seed + catalogue.findIndex(({ meta }) => meta.id === control) * 7) % 4;
      return { mode: (['off', 'observe', 'approve', 'auto'] as const)[choice]!, rule: `rule-${choice}` };
    },
    timingOf: () =>
      isOpen ? { kind: 'open' } : { kind: 'closed', reason: 'frozen', rule: 'freeze', opensAt: undefined },
    releaseOf: () => (releases ? 'release' : undefined),
    exemptionOf: ({ control }) =>
      control === exempts
        ? {
            rule: 'exemption',
            owner: 'owner',
            reason: 'reason',
            ticket: 'T-1',
            expires: new Date('2027-01-01T00:00:00.000Z'),
          }
        : undefined,
  }));
