import { beforeEach, expect, test } from 'vitest';
import type { Context } from '../../cli/leakstop.ts';
import type { CaseData } from '../../shared/case/case-data.ts';
import type { JsonObject } from '../../shared/contract/json.ts';
import { caseKey } from '../../shared/ledger/format/keys.ts';
import type { CaseEntryKind } from '../../shared/ledger/format/states.ts';
import { openLedger } from '../../shared/ledger/open-ledger.ts';
import { defaultPolicy } from '../../shared/policy/policy.ts';
import { account } from '../support/estate.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryTable } from '../support/memory-table.ts';
import { newFolder, run } from './run.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { anyEntry } from '../support/sample-payloads.ts';

const subscription = '11111111-1111-4111-8111-111111111111';
const tables = ['--tables', 'https://tables.example'];
const control = 'storage-account-blob-anonymous-access';
const bodies = {
  putBody: () => Promise.resolve(undefined),
  getBody: () => Promise.resolve(undefined),
  deleteBody: () => Promise.resolve(undefined),
} as never;

let clock: ManualClock;
let given: Partial<Context>;
beforeEach(async () => {
  clock = new ManualClock('2026-03-01T12:00:00.000Z');
  const memory = new MemoryTable();
  const ledger = openLedger({ table: memory.client(), bodies, clock });
  const append = async (caseId: string, name: string, kinds: CaseEntryKind[], more: Partial<CaseData>) => {
    const resource = account(subscription, name).id;
    const data: CaseData = {
      root: resource,
      resource,
      control,
      severity: 'high',
      witnessed: true,
      lastSeenInSync: '2026-03-01T11:00:00.000Z',
      firstSeenDrifted: clock.now().toISOString(),
      opener: { grade: 'proven', actor: { objectId: 'o', name: 'alice\u001b[31m' }, event: 'e' },
      differences: [{ path: 'properties.allowBlobPublicAccess', actual: true, desired: false }],
      requestIds: [],
      ...more,
    };
    const key = caseKey(resource, resource, control);
    const body = { resource, control, actor: { kind: 'leakstop' }, payload: { rule: 'training' } };
    await ledger.append({
      chain: subscription,
      entries: kinds.map((kind) => anyEntry({ kind, key, caseId, body })),
      cases: [{ key, caseId, expected: 'absent', data: JSON.parse(JSON.stringify(data)) as JsonObject }],
    });
  };
  await append('aaaa1111-x', 'old', ['case-opened', 'case-held'], {
    hold: { reason: 'unwitnessed', at: '2026-03-01T12:00:00.000Z' },
  });
  clock.advance(60_000);
  await append('bbbb2222-x', 'worst', ['case-opened', 'decision-requested'], { severity: 'critical' });
  await append('cccc3333-x', 'done', ['case-opened', 'case-closed'], { closed: 'gone' });
  given = { clock, openStorage: () => Promise.resolve({ table: memory.client(), bodies }) };
});

const idsOf = async (...line: string[]): Promise<string[]> => {
  const { out } = await run(['cases', ...tables, '--json', ...line], {
    ...given,
    loadPolicy: () =>
      Promise.resolve({
        ...defaultPolicy,
        ownershipOf: ({ severity }) => ({
          rule: 'own',
          owner: 'storage team',
          dueInMs: severity === 'critical' ? 0 : 3_600_000,
        }),
      }),
  });
  return out
    .split('\n')
    .filter(Boolean)
    .map((line_) => (JSON.parse(line_) as { id: string }).id.slice(0, 4));
};

test.each<[string[], string[]]>([
  [[], ['bbbb', 'aaaa']],
  [['--severity', 'high'], ['aaaa']],
  [['--state', 'held'], ['aaaa']],
  [['--control', 'storage-account-min-tls'], []],
  [['--subscription', '22222222-2222-4222-8222-222222222222'], []],
  [['--policy', 'p.yaml', '--past-due'], ['bbbb']],
])('lists open cases, worst first: %j', async (line, expected) => {
  expect(await idsOf(...line)).toEqual(expected);
});

test('an empty list of a control that nobody knows is no all-clear', async () => {
  const { code, out, told } = await run(['cases', ...tables, '--control', 'storage-acount-min-tls'], given);
  expect([code, out]).toEqual([2, '']);
  expect(told).toContain('no control is called "storage-acount-min-tls"; controls are');
  expect(told).toContain('storage-account-min-tls');
});

test('shows them as a table, with who opened them, and nothing that a terminal acts on', async () => {
  const { out } = await run(['cases', ...tables], given);
  expect(out).toContain('held: unwitnessed');
  expect(out).toContain(String.raw`alice\u001b[31m`);
  expect(out).not.toContain('\u001b');
});

test('shows one case with its history, open or closed, by the beginning of its id', async () => {
  const { out } = await run(['cases', 'show', 'aaaa', ...tables], given);
  expect(out).toContain('allowBlobPublicAccess: true -> false');
  expect(out).toMatch(/2 .*case-held/);
  expect((await run(['cases', ...tables, 'show', 'cccc'], given)).out).toContain('case-closed');
  const { code, told } = await run(['cases', 'show', 'dddd', ...tables], given);
  expect(told).toContain('no case has this id');
  expect(code).toBe(3);
});

test('an export of them can be planned, each as its case says', async () => {
  const file = join(newFolder(), 'ledger.ndjson');
  const { out } = await run(['ledger', 'export', ...tables, '--blobs', 'https://blobs.example'], given);
  writeFileSync(file, out);
  const planned = await run(['plan', '--from', file, '--json'], given);
  const { outcomes, notices } = JSON.parse(planned.out) as {
    outcomes: { resource: string; does: string; witnessed: boolean }[];
    notices: string[];
  };
  expect(outcomes.map(({ resource, does }) => `${resource.split('/').at(-1)} ${does}`)).toEqual([
    'old change',
    'worst change',
  ]);
  expect(notices).toEqual([]);
  writeFileSync(file, out.split('\n').slice(0, -2).join('\n'));
  expect((await run(['plan', '--from', file], given)).told).toContain('interrupted');
});
