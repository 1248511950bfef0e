import { subscriptionNames } from '../../shared/subscription-names.ts';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { ContainerClient } from '@azure/storage-blob';
import { credentialOf } from '../../sandbox/deploy.ts';
import { openCaseIndex } from '../../shared/case-index/case-index.ts';
import { openBodyBlobs } from '../../shared/ledger/body-blobs.ts';
import { openChainReader } from '../../shared/ledger/chain-reader.ts';
import { tableClientOptions } from '../../shared/ledger/storage-clients.ts';
import { createNotifier } from '../../shared/teams/notifier.ts';
import { createTelemetry } from '../../shared/telemetry/telemetry.ts';
import { openNoticeStore } from '../../shared/work/notice-store.ts';
import { newFolder, run } from '../cli/run.ts';
import type { GuardWorld } from './guard-world.ts';
import { localKey } from './local-key.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryTable } from './memory-table.ts';
import { pagesWorld } from './pages-world.ts';

/** What people and programs see of a subscription and of the service, by where they see it. */
export type Outputs = Readonly<Record<string, string>>;

/** Reads everything that the ledger of a world shows, by every way that there is. */
export async function outputsOf({ bed, engine, clock, subscription }: GuardWorld): Promise<Outputs> {
  const { urls } = bed.storage;
  const credential = credentialOf(bed.azure, bed.azure.operator);
  const table = new TableClient(urls.tables, 'ledger', credential, tableClientOptions());
  const bodies = openBodyBlobs(new ContainerClient(`${urls.blobs}/ledger-bodies`, credential));
  const reader = openChainReader({ table, bodies });
  const given = { clock, openStorage: () => Promise.resolve({ table, bodies }) };
  return {
    ...(await commandLine(given, subscription)),
    ...(await pages(reader, engine, subscription, clock)),
    ...(await cards(reader, engine, subscription, clock)),
  };
}

type Reader = ReturnType<typeof openChainReader>;

async function commandLine(given: Parameters<typeof run>[1], subscription: string): Promise<Outputs> {
  const tables = ['--tables', 'https://tables.example'];
  const cases = ['cases', ...tables, '--subscription', subscription];
  const folder = newFolder();
  const file = join(folder, 'export.ndjson');
  const sheet = join(folder, 'export.csv');
  const shown = {
    table: await run(cases, given),
    json: await run([...cases, '--json'], given),
    export: await run(
      [
        'ledger',
        'export',
        ...tables,
        '--blobs',
        'https://blobs.example',
        '--subscription',
        subscription,
        '--output',
        file,
      ],
      given,
    ),
    csv: await run(
      [
        'ledger',
        'export',
        ...tables,
        '--blobs',
        'https://blobs.example',
        '--subscription',
        subscription,
        '--format',
        'csv',
        '--output',
        sheet,
      ],
      given,
    ),
    verdict: await run(['ledger', 'verify', file], given),
  };
  if (shown.export.code !== 0 || shown.csv.code !== 0) {
    throw new Error(`The export failed: ${said(shown.export)} ${said(shown.csv)}`);
  }
  const ids = shown.json.out
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { id: string }).id);
  const each = await Promise.all(
    ids.map((id) => run(['cases', 'show', id, ...tables, '--subscription', subscription], given)),
  );
  return {
    'the table of cases': said(shown.table),
    'the cases as JSON': said(shown.json),
    'the story of each case': each.map(said).join('\n'),
    'the verdict': said(shown.verdict),
    'the verdict, by code': String(shown.verdict.code),
    'the export': readFileSync(file, 'utf8'),
    'the export for spreadsheets': readFileSync(sheet, 'utf8'),
  };
}

function said({ out, told }: { readonly out: string; readonly told: string }): string {
  return `${out}\n${told}`;
}

async function pages(
  reader: Reader,
  { ledger }: GuardWorld['engine'],
  subscription: string,
  clock: GuardWorld['clock'],
): Promise<Outputs> {
  const index = openCaseIndex({ reader, ledger, subscriptions: [subscription], clock });
  const world = pagesWorld(undefined, index, reader);
  const { open, closed } = await index.read();
  const paths = [...open, ...closed].map(({ caseId }) => `/cases/${subscription}/${caseId}`);
  const shown: string[] = [];
  for (const path of ['/', '/cases', '/kill-switch', ...paths]) {
    const answer = await world.get(path, 'root');
    shown.push(answer.status === 200 ? await answer.text() : `status ${answer.status} of ${path}`);
  }
  return { 'the pages': shown.join('\n'), 'the log of the pages': world.log.join('\n') };
}

async function cards(
  reader: Reader,
  { ledger, logger }: GuardWorld['engine'],
  subscription: string,
  clock: GuardWorld['clock'],
): Promise<Outputs> {
  const bodies: string[] = [];
  const webhook = {
    post: (body: string) => {
      bodies.push(body);
      return Promise.resolve({ kind: 'accepted' } as const);
    },
  };
  const key = localKey('https://vault.example/keys/links/1');
  const later = new ManualClock(clock.now().toISOString());
  const store = openNoticeStore(new MemoryTable().client(), later);
  // From the first entry on, as if the notifier had been there.
  const begin = { cursor: 0, isBaselining: false, notices: [], told: [], asked: {}, channels: {} };
  await (await store.claim(subscription, () => Promise.resolve(begin)))?.release();
  const notifier = createNotifier(
    () =>
      Promise.resolve({
        reader,
        store,
        ledger,
        policy: { approversOf: () => [{ id: 'i', label: 'On-call' }] },
        names: subscriptionNames({}),
      }),
    {
      subscriptions: [subscription],
      webhooks: { teams: webhook, escalation: webhook },
      signer: { sign: () => Promise.resolve('token') },
      key: { sign: (text) => key.sign(text), currentKeyId: () => Promise.resolve('k') },
      controls: [],
      webUrl: 'https://leakstop.example',
      clock: later,
      logger,
      telemetry: createTelemetry(later, () =>
        Promise.resolve({ send: () => undefined, flush: () => Promise.resolve() }),
      ),
    },
  );
  for (let round = 0; round < 6; round += 1) {
    await notifier.run();
    later.advance(15_000);
  }
  return { 'the cards': bodies.join('\n') };
}

/** Writes outputs beside each other, for whoever looks into a failure. */
export function keepOutputs(outputs: Outputs): string {
  const folder = newFolder();
  Object.entries(outputs).forEach(([name, text]) => writeFileSync(join(folder, name), text));
  return folder;
}
