import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CaseData } from '../../shared/case/case-data.ts';
import { automationVerified } from '../../shared/contract/engine-controls.ts';
import type { JsonObject } from '../../shared/contract/json.ts';
import { roles } from '../../shared/entra/caller.ts';
import { caseKey } from '../../shared/ledger/format/keys.ts';
import { openLedger } from '../../shared/ledger/open-ledger.ts';
import { account } from '../support/estate.ts';
import { type ApiWorld, asked, closed, control, openApiWorld, subscription } from '../support/api-world.ts';
import { type Ended, run } from './run.ts';
import { openApiAs, placeOf } from './service.ts';

/** What `undo` leaves in the chain of the tenant: a count, whose resource is a control. */
const counting = 'eeee5555-0000-4000-8000-000000000005';
const bodies = { putBody: () => Promise.resolve(), getBody: () => Promise.resolve(undefined) };

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld();
  await open(counting, 'tenant', {
    root: 'automation',
    resource: 'storage-account-public-network-access',
    control: automationVerified,
    witnessed: false,
  });
  const created = account(subscription, 'created').id;
  const actor = { objectId: '5f51b0ff-0a92-4f39-a2a6-6b06e88f8403' };
  await open('ffff6666-created', subscription, {
    root: created,
    resource: created,
    control,
    witnessed: true,
    opener: { grade: 'candidates', actors: [actor] },
  });
});
afterAll(() => world.close());

async function open(caseId: string, chain: string, about: Partial<CaseData>): Promise<void> {
  const data = {
    severity: 'high',
    firstSeenDrifted: '2026-03-01T12:00:00.000Z',
    opener: { grade: 'unknown' },
    differences: [],
    requestIds: [],
    ...about,
  };
  const key = caseKey(data.root ?? '', data.resource ?? '', data.control ?? '');
  const payload = { failure: 'f', kind: 'undone', of: '/subscriptions/x', failures: 1 } as const;
  const body = {
    resource: data.resource ?? '',
    control: data.control ?? '',
    actor: { kind: 'leakstop' },
    payload,
  };
  const result = await openLedger({ table: world.memory.client(), bodies, clock: world.clock }).append({
    chain,
    entries: [{ kind: 'case-opened', key, caseId, body }],
    cases: [{ key, caseId, expected: 'absent', data: JSON.parse(JSON.stringify(data)) as JsonObject }],
  });
  expect(result.kind).toBe('committed');
  world.clock.advance(5_001);
}

const leakstop = (line: string[], ...has: string[]): Promise<Ended> =>
  run([...line, ...placeOf(world)], {
    openApi: openApiAs(world, ...(has.length === 0 ? ['Auditor'] : has)),
    clock: world.clock,
    ask: () => Promise.resolve('y'),
  });

test.each(roles.map((role) => role.replace('Leakstop.', '')))(
  'a person with the role %s lists cases and reads one, with no right on any storage',
  async (role) => {
    const listed = await leakstop(['cases'], role);
    expect([listed.code, listed.told]).toEqual([0, '']);
    for (const part of [
      '4 open',
      'automation-verified',
      'worst allows anonymous access to blobs',
      'storage-account-public-network-access',
      'created',
    ]) {
      expect(listed.out).toContain(part);
    }
    const shown = await leakstop(['cases', 'show', asked.slice(0, 6)], role);
    expect([shown.code, shown.told]).toEqual([0, '']);
    for (const part of [
      'Storage account refuses anonymous blob access (storage-account-blob-anonymous-access)',
      'worst allows anonymous access to blobs',
      `Research (${subscription})`,
      'properties.allowBlobPublicAccess: true -> false',
      'Whoever reads without a key is cut off.',
      'People were asked to decide',
    ]) {
      expect(shown.out).toContain(part);
    }
  },
);

test('a case of the service itself is listed, and shown with its words', async () => {
  const { code, out } = await leakstop(['cases', 'show', 'eeee']);
  expect(code).toBe(0);
  for (const part of [
    'What is changed by itself is in sync afterwards',
    'People took a change back: /subscriptions/x',
  ]) {
    expect(out).toContain(part);
  }
});

test('what opened while Leakstop watched is not said to have been seen by nobody', async () => {
  const { out } = await leakstop(['cases', 'show', 'ffff']);
  expect(out).toContain('and not there before');
  expect(out).not.toContain('may have stood open for long before that');
  expect(out).toMatch(/Opened by +5f51b0ff-0a92-4f39-a2a6-6b06e88f8403 \(not certain/);
});

test('closed ones are listed when they are asked for, and said to be over', async () => {
  const { out } = await leakstop(['cases', '--state', 'closed', 'held', '--json']);
  const states = out
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { state: string }).state);
  expect(states.sort()).toEqual(['closed', 'closed', 'held']);
  expect((await leakstop(['cases', 'show', closed])).out).toMatch(/State +Closed: fixed by Leakstop/);
});

test('a closed case shows what an undo would write as that', async () => {
  const { out } = await leakstop(['cases', 'show', closed]);
  expect(out).toContain('Undo would');
  expect(out).not.toMatch(/^Change /m);
});
