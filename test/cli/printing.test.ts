import * as fc from 'fast-check';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { guarded } from '../../cli/guarded-output.ts';
import { apiWith } from '../../cli/api.ts';
import type { AzureReader } from '../../cli/azure.ts';
import type { Context } from '../../cli/leakstop.ts';
import { loadPolicyFile } from '../../cli/policy-source.ts';
import type { CaseData } from '../../shared/case/case-data.ts';
import type { JsonObject } from '../../shared/contract/json.ts';
import { RemediationError } from '../../shared/errors.ts';
import { caseKey } from '../../shared/ledger/format/keys.ts';
import { LedgerFormatError } from '../../shared/ledger/format/json.ts';
import { openLedger } from '../../shared/ledger/open-ledger.ts';
import { account, container } from '../support/estate.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryTable } from '../support/memory-table.ts';
import { newFolder, run } from './run.ts';
import { expectHarmless, jsonTricks, nameTricks, tricks } from './terminal-tricks.ts';
import { anyEntry } from '../support/sample-payloads.ts';

/*
 * Names of resources, tags, reasons, policies, answers of servers and messages of errors: others write them, and every command
 * prints some of them.
 */

const subscription = '11111111-1111-4111-8111-111111111111';
const control = 'storage-account-blob-anonymous-access';
const stores = ['--tables', 'https://tables.example', '--blobs', 'https://blobs.example'];
const service = ['--api', 'https://leakstop.test', '--client-id', subscription];
const bodies = {
  putBody: () => Promise.resolve(undefined),
  getBody: () => Promise.resolve(undefined),
  deleteBody: () => Promise.resolve(undefined),
} as never;
const clock = new ManualClock('2026-03-01T12:00:00.000Z');

/** Runs a command on a terminal with colours and elsewhere. Gives back what it printed without colours. */
async function printedBy(line: readonly string[], given: () => Partial<Context>): Promise<string> {
  let plain = '';
  for (const isTerminal of [true, false]) {
    const { out, told } = await run(line, { clock, ...given(), terminal: { isTerminal } });
    expectHarmless(out, { isColoured: isTerminal });
    expectHarmless(told);
    plain = out + told;
  }
  expect(plain).not.toBe('');
  return plain;
}

function fileOf(text: string, name = 'input'): string {
  const path = join(newFolder(), name);
  writeFileSync(path, text);
  return path;
}

/** A ledger in which every text that somebody else wrote is a trick. */
async function ledgerOfTricks(): Promise<MemoryTable> {
  const memory = new MemoryTable();
  const ledger = openLedger({ table: memory.client(), bodies, clock });
  const resource = account(subscription, 'models').id;
  const actor = { objectId: 'o', name: tricks };
  const data: CaseData = {
    root: resource,
    resource,
    control,
    severity: 'high',
    exposure: tricks,
    witnessed: true,
    lastSeenInSync: '2026-03-01T11:00:00.000Z',
    firstSeenDrifted: '2026-03-01T12:00:00.000Z',
    opener: { grade: 'candidates', actors: [actor, actor], events: ['e'] },
    differences: [{ path: tricks, actual: tricks, desired: false }],
    requestIds: [],
    failure: { code: tricks, message: tricks },
    hold: { reason: 'unwitnessed', at: '2026-03-01T12:00:00.000Z', detail: tricks, guidance: tricks },
  } as never;
  const key = caseKey(resource, resource, control);
  const payload = { reason: tricks, detail: tricks, message: tricks, [tricks]: tricks };
  await ledger.append({
    chain: subscription,
    entries: (['case-opened', 'case-held'] as const).map((kind) =>
      anyEntry({
        kind,
        key,
        caseId: 'aaaa1111-x',
        body: { resource, control, actor: { kind: 'person', name: tricks }, payload },
      }),
    ),
    cases: [
      {
        key,
        caseId: 'aaaa1111-x',
        expected: 'absent',
        data: JSON.parse(JSON.stringify(data)) as JsonObject,
      },
    ],
  });
  return memory;
}

describe('the ledger', () => {
  const storage = async () => {
    const memory = await ledgerOfTricks();
    return { openStorage: () => Promise.resolve({ table: memory.client(), bodies }) };
  };
  test.each<[string, readonly string[]]>([
    ['cases', ['cases', ...stores.slice(0, 2)]],
    ['cases as JSON', ['cases', ...stores.slice(0, 2), '--json']],
    ['a case', ['cases', 'show', 'aaaa', ...stores.slice(0, 2)]],
    ['a case as JSON', ['cases', 'show', 'aaaa', ...stores.slice(0, 2), '--json']],
    ['a case that is not there', ['cases', 'show', tricks, ...stores.slice(0, 2)]],
    [
      'an export of a control',
      ['ledger', 'export', ...stores, '--control', tricks, '-o', join(newFolder(), nameTricks)],
    ],
  ])('%s', async (_, line) => {
    const given = await storage();
    // Nothing overwrites the file of the run before.
    await printedBy(line, () => given);
  });

  test('an export to a terminal is shown, and to a program it is given byte by byte', async () => {
    const given = await storage();
    const line = ['ledger', 'export', ...stores];
    const shown = await run(line, { clock, ...given, terminal: { isTerminal: true } });
    expectHarmless(shown.out);
    const given2 = await run(line, { clock, ...given });
    const file = fileOf(given2.out);
    expect((await run(['ledger', 'verify', file])).out).toContain('fit together');
    expect(given2.out).toContain('\u202e');
  });

  test('a partition and a row that are none of ours', async () => {
    const memory = await ledgerOfTricks();
    const rows = memory.rows();
    memory.replaceRows([
      ...rows,
      { ...rows[0]!, partitionKey: tricks, rowKey: 'head' },
      { ...rows[0]!, rowKey: `entry!${tricks}` },
    ]);
    const table = { table: memory.client(), bodies };
    for (const last of ['--force', '--json']) {
      const line = ['ledger', 'export', ...stores, '-o', fileOf(''), '--force', last];
      expect(await printedBy(line, () => ({ openStorage: () => Promise.resolve(table) }))).toContain(
        '\\u001b',
      );
    }
  });
});

describe('a policy', () => {
  const policies: Readonly<Record<string, string>> = {
    'with a name': `format: 1\nrules:\n  - name: ${JSON.stringify(jsonTricks)}\n    mode: observe\n`,
    'with a member that is none': `format: 1\n${JSON.stringify(jsonTricks)}: 1\n`,
    'with a value that is none': `format: 1\nrules:\n  - name: a\n    mode: ${JSON.stringify(jsonTricks)}\n`,
    'that is no YAML': `format: 1\nrules: [${tricks}`,
    'with a control': `format: 1\nrules:\n  - name: a\n    mode: "off"\n    controls: [${JSON.stringify(jsonTricks)}]\n`,
    'with owners': `format: 1\nownership:\n  - name: a\n    owner: ${JSON.stringify(jsonTricks)}\n    due: 1h\n`,
  };
  test.each(Object.entries(policies))('%s', async (_, text) => {
    const file = fileOf(text, `${nameTricks}.yaml`);
    const id = account(subscription, 'models').id;
    const explain = ['policy', 'explain', id, control, '--policy', file, '--tag', `${tricks}=${tricks}`];
    const inventory = fileOf(
      JSON.stringify([account(subscription, 'models', { allowBlobPublicAccess: true })]),
    );
    const loadPolicy = loadPolicyFile(clock);
    for (const line of [
      ['policy', 'check', file],
      ['policy', 'check', file, '--json'],
      explain,
      [...explain, '--json'],
      ...['table', 'json', 'sarif'].map((format) => [
        ...['plan', '--from', inventory, '--policy', file],
        ...['--format', format],
      ]),
      ['plan', '--from', inventory, '--compare', 'default', file],
    ]) {
      await printedBy(line, () => ({ loadPolicy }));
    }
  });
});

/** Bodies as somebody else's Azure would give them. */
const hostile = [
  account(subscription, `a${tricks}`, { allowBlobPublicAccess: true, minimumTlsVersion: jsonTricks }),
  account(subscription, 'b', { allowBlobPublicAccess: jsonTricks, [jsonTricks]: jsonTricks }),
  { ...account(subscription, 'c', { allowBlobPublicAccess: true }), tags: { [jsonTricks]: jsonTricks } },
  { ...account(subscription, 'd'), type: jsonTricks },
  container(account(subscription, 'b').id, tricks, 'Blob'),
  { id: jsonTricks, type: 'Microsoft.Storage/storageAccounts' },
];

describe('what was found', () => {
  test.each(['table', 'json', 'sarif'])('in a file, as %s', async (format) => {
    for (const body of [...hostile, hostile]) {
      const file = fileOf(JSON.stringify(body), `${nameTricks}.json`);
      await printedBy(['plan', '--from', file, '--format', format], () => ({}));
    }
    for (const text of [tricks, `{"id":"${tricks}`, `[{"id":1},${tricks}]`]) {
      await printedBy(['plan', '--from', fileOf(text, `${nameTricks}.json`), '--format', format], () => ({}));
    }
  });

  test.each(['table', 'json', 'sarif'])('in Azure, as %s', async (format) => {
    const reader = {
      observers: [
        {
          list: async function* () {
            yield* await Promise.resolve(hostile.slice(0, 4));
            throw new RemediationError('azure-unavailable', tricks);
          },
          wantsAllChildren: () => true,
          look: () => Promise.reject(new RemediationError('access-denied', tricks)),
        },
      ],
      listSubscriptions: () => Promise.resolve([{ id: subscription, displayName: '' }]),
    } as never as AzureReader;
    await printedBy(['scan', '--format', format], () => ({ openAzure: () => Promise.resolve(reader) }));
  });
});

/** Every command, as it is begun. */
const commands: readonly (readonly string[])[] = [
  ['scan', '--subscription', subscription],
  ['cases', ...stores.slice(0, 2)],
  ['approve', 'aaaa', ...service, '--yes'],
  ['deny', 'aaaa', ...service, '--yes', '--reason', 'r', '--until', '2026-04-01'],
  ['stop', ...service, '--reason', 'r'],
  ['ledger', 'export', ...stores],
  ['ledger', 'download', ...service],
  ['ledger', 'rebuild', newFolder(), ...stores, '--public-key', fileOf(tricks)],
  ['ledger', 'resume', ...stores, '--reason', tricks, '--actor', tricks],
  [
    ...['ledger', 'erase', ...stores, '--chain', 'service', '--sequence', '1', '--retention-days', '30'],
    ...['--reason', tricks, '--authority', tricks],
  ],
];

describe('a failure', () => {
  const errors: readonly Error[] = [
    new Error(tricks),
    new RemediationError('azure-unavailable', tricks),
    new RemediationError('identity-unavailable', tricks),
    new LedgerFormatError(tricks),
    Object.assign(new Error(tricks), { code: 'ENOENT', path: tricks }),
  ];
  test.each(commands.map((line) => [line.slice(0, 2).join(' '), line] as const))('of %s', async (_, line) => {
    for (const error of errors) {
      const fails = () => Promise.reject(error);
      await printedBy(line, () => ({
        openStorage: fails,
        openRecords: fails,
        openAzure: fails,
        openApi: fails,
        loadPolicy: fails,
      }));
    }
  });

  test.each(commands.map((line) => [line.slice(0, 2).join(' '), line] as const))(
    'of %s on the command line',
    async (_, line) => {
      for (const argument of [tricks, `--${tricks}`, `--subscription=${tricks}`, `--tables=${tricks}`]) {
        const told = await printedBy([...line, argument, '--no-such-option'], () => ({}));
        expect(told).not.toBe('');
      }
    },
  );
});

describe('an answer of the service', () => {
  const answers: readonly (() => Response)[] = [
    () => Response.json({ code: 'unavailable', detail: tricks, title: tricks, status: 503 }, { status: 503 }),
    () =>
      Response.json(
        { type: tricks, title: tricks, status: 403, detail: jsonTricks, code: 'forbidden' },
        { status: 403 },
      ),
    () => Response.json({ cases: [{ [jsonTricks]: 1 }] }),
    () => new Response(tricks, { headers: { 'leakstop-end': '1' } }),
    () => Response.json({ changes: 'stopped', reason: jsonTricks }),
    () => Response.json({ chains: [{ chain: 'tenant', end: 1 }] }),
  ];
  test.each(
    commands
      .filter((line) => line.includes('--api'))
      .map((line) => [line.slice(0, 2).join(' '), line] as const),
  )('to %s', async (_, line) => {
    for (const answer of answers) {
      const openApi = apiWith(
        () => Promise.resolve('token'),
        () => Promise.resolve(answer()),
      );
      await printedBy(line, () => ({ openApi }));
      await printedBy(
        [...line, '--json', '-o', join(newFolder(), nameTricks)].slice(
          0,
          line[1] === 'download' ? undefined : -2,
        ),
        () => ({
          openApi,
        }),
      );
    }
  });
});

test('nothing leaves the program but text, line feeds and its own colours', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, isColoured) => {
      let out = '';
      const output = guarded(
        { write: (more) => Promise.resolve(void (out += more)), tell: (line) => void (out += line) },
        () => ({ isTerminal: true, isColoured }),
      );
      void output.write(text + tricks);
      void output.data(text + tricks);
      expectHarmless(out.replaceAll(/\n.*/g, ''), { isColoured });
      out = '';
      output.tell(text + tricks);
      expect(out).not.toContain('\n');
      expectHarmless(out);
    }),
  ));

test('the name of a folder in which there is nothing', async () => {
  const folder = join(newFolder(), nameTricks);
  mkdirSync(folder);
  await printedBy(['ledger', 'rebuild', folder, ...stores, '--public-key', join(folder, 'key')], () => ({}));
  await printedBy(['plan', '--from', folder], () => ({}));
  await printedBy(['policy', 'check', folder], () => ({}));
});
