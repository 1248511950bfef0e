import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeBaseline } from '../../../../shared/engine/run/take-baseline.ts';
import { account, blobService, container, newSubscription } from '../../../support/estate.ts';
import { armCalls, entriesOf, openCasesOf } from '../../../support/scenario.ts';
import type { TestTime } from '../../../support/sweep-world.ts';
import { createSweepWorld, createTestTime } from '../../../support/sweep-world.ts';
import type { TestBed } from '../../../support/test-bed.ts';
import { startTestBed } from '../../../support/test-bed.ts';
import { runs } from '../../../support/effort.ts';

let bed: TestBed;
let time: TestTime;

beforeAll(async () => {
  time = createTestTime();
  bed = await startTestBed({ clock: time, now: () => time.now().getTime() });
});
afterAll(() => bed.stop());

/** What may become of an account between its baseline and a sweep, with no event telling of it. */
const fates = ['in sync', 'drifted', 'known', 'known, and more', 'fixed', 'gone', 'new', 'opened'] as const;
type Fate = (typeof fates)[number];

const open = { minimumTlsVersion: 'TLS1_0' };
const other = { supportsHttpsTrafficOnly: false };
const before: Readonly<Record<Fate, object | undefined>> = {
  'in sync': {},
  drifted: {},
  known: open,
  'known, and more': open,
  fixed: open,
  gone: open,
  new: undefined,
  opened: {},
};
const after: Readonly<Record<Fate, object | undefined>> = {
  'in sync': {},
  drifted: open,
  known: open,
  'known, and more': { ...open, ...other },
  fixed: {},
  gone: undefined,
  new: open,
  opened: { allowBlobPublicAccess: true },
};
/** The controls that have an open case afterwards. */
const cases: Readonly<Record<Fate, readonly string[]>> = {
  'in sync': [],
  drifted: ['storage-account-min-tls'],
  known: ['storage-account-min-tls'],
  'known, and more': ['storage-account-https-only', 'storage-account-min-tls'],
  fixed: [],
  gone: [],
  new: ['storage-account-min-tls'],
  opened: ['blob-container-anonymous-access', 'storage-account-blob-anonymous-access'],
};

interface Member {
  readonly fate: Fate;
  readonly region: string;
}

const estates = fc.array(
  fc.record<Member>({
    fate: fc.constantFrom(...fates),
    region: fc.constantFrom('westeurope', 'northeurope'),
  }),
  { minLength: 1, maxLength: 8 },
);

/** Loads the state of each account at a time; removes those that are not there then. */
function loadAll(subscription: string, members: readonly Member[], states: typeof before): void {
  // It is there before its first account.
  bed.azure.arm.state.addSubscription(subscription, 'Research');
  members.forEach(({ fate, region }, index) => {
    const properties = states[fate];
    const body = { ...account(subscription, `account${index}`, { ...properties }), location: region };
    if (properties === undefined) {
      bed.azure.arm.state.remove(body.id);
      return;
    }
    bed.azure.arm.state.load(body);
    bed.azure.arm.state.load(blobService(body.id));
    if ('allowBlobPublicAccess' in properties) {
      bed.azure.arm.state.load(container(body.id, 'models', 'Blob'));
    }
  });
}

const writesOf = (): number =>
  bed.azure.accounting
    .calls()
    .filter(({ method, path }) => method !== 'GET' && !path.includes('Microsoft.ResourceGraph')).length;

describe('for any estate', () => {
  it('a sweep gives every drift a case, reads nothing that is known, writes nothing, and says all of it once', () =>
    fc.assert(
      fc.asyncProperty(estates, fc.integer({ min: 1, max: 3 }), async (members, pageSize) => {
        const subscription = newSubscription();
        bed.guard(subscription);
        const world = await createSweepWorld(bed, time, [subscription], { pageSize });
        loadAll(subscription, members, before);
        expect(await takeBaseline(world.engine, world.queue, subscription)).toMatchObject({
          kind: 'completed',
        });
        loadAll(subscription, members, after);
        bed.azure.accounting.reset();

        await world.sweep();
        const found = await openCasesOf(bed, subscription);
        members.forEach(({ fate }, index) => {
          const { id } = account(subscription, `account${index}`);
          const controls = found
            .filter(({ resource }) => resource.toLowerCase().startsWith(id.toLowerCase()))
            .map(({ control }) => control);
          expect([fate, ...controls.sort()]).toEqual([fate, ...cases[fate]]);
          if (fate === 'in sync' || fate === 'known') {
            expect(bed.azure.accounting.calls({ path: id })).toEqual([]);
          }
        });
        expect(writesOf()).toBe(0);

        const entries = await entriesOf(bed, subscription);
        const service = (await entriesOf(bed, 'service')).length;
        bed.azure.accounting.reset();
        await world.sweep();
        expect(await entriesOf(bed, subscription)).toEqual(entries);
        expect(await entriesOf(bed, 'service')).toHaveLength(service + 1);
        // One read and one list for each account that leaves its containers open.
        const opened = members.filter(({ fate }) => fate === 'opened').length;
        const whole = members.some(({ fate }) => fate !== 'gone') ? 0 : 1;
        expect(armCalls(bed, subscription)).toEqual({ reads: 2 * opened + whole, writes: 0 });
      }),
      { numRuns: runs(4), endOnFailure: true },
    ));
});
