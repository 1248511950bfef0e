import Table from 'cli-table3';
import { systemClock } from '../shared/clock.ts';
import { caseKey } from '../shared/ledger/format/keys.ts';
import type { CaseEntryKind } from '../shared/ledger/format/states.ts';
import type { Ledger, NewEntry } from '../shared/ledger/ledger.ts';
import { openLedger } from '../shared/ledger/open-ledger.ts';
import { type BenchTables, startBenchTables } from './azurite.ts';

const control = 'storage-account-https-only';
const budget = 1_000;
/** Entries of the two units in which a drift is opened and closed. */
const opening: CaseEntryKind[] = ['case-opened', 'case-decided', 'change-intended'];
const closing: CaseEntryKind[] = ['change-applied', 'change-verified', 'case-closed'];
const entriesPerDrift = opening.length + closing.length;

interface Run {
  readonly name: string;
  readonly entries: number;
  readonly milliseconds: number;
}

/** Appends on Azurite, printed as a table: by concurrency, by number of chains, and as the table grows. */
export async function benchLedger(): Promise<void> {
  const tables = await startBenchTables();
  try {
    await measure(tables, 'warm-up', { concurrency: 16, chains: 1, entries: 600 });
    const runs = [
      await measure(tables, 'one chain, 1 worker', { concurrency: 1, chains: 1, entries: 1_200 }),
      await measure(tables, 'one chain, 16 workers', { concurrency: 16, chains: 1, entries: 4_998 }),
      await measure(tables, 'one chain, 64 workers', { concurrency: 64, chains: 1, entries: 4_998 }),
      await measure(tables, '16 chains, 64 workers', { concurrency: 64, chains: 16, entries: 4_998 }),
      await measure(tables, 'one chain, 64 workers, roots read', {
        concurrency: 64,
        chains: 1,
        entries: 1_998,
        isRead: true,
      }),
    ];
    print('Ledger appends', runs);
    print('Ledger appends as the table grows, 64 workers', await growth(tables));
  } finally {
    await tables.stop();
  }
}

interface Load {
  readonly concurrency: number;
  readonly chains: number;
  readonly entries: number;
  /** True if each worker reads its root first, as the engine does. */
  readonly isRead?: boolean;
}

async function measure(tables: BenchTables, name: string, load: Load): Promise<Run> {
  const ledger = await openOn(tables);
  return run(ledger, name, load, 0);
}

/** The same chain, in steps of 2,000 entries up to 20,000. */
async function growth(tables: BenchTables): Promise<Run[]> {
  const ledger = await openOn(tables);
  const runs: Run[] = [];
  for (let start = 0; start < 20_000; start += 2_004) {
    const name = `entries ${start} to ${start + 2_004}`;
    runs.push(await run(ledger, name, { concurrency: 64, chains: 1, entries: 2_004 }, start));
  }
  return runs;
}

async function openOn(tables: BenchTables): Promise<Ledger> {
  const bodies = { putBody: () => Promise.resolve(), getBody: () => Promise.resolve(undefined) };
  return openLedger({ table: await tables.create(), bodies, clock: systemClock });
}

async function run(ledger: Ledger, name: string, load: Load, start: number): Promise<Run> {
  const drifts = load.entries / entriesPerDrift;
  let next = 0;
  const work = async (): Promise<void> => {
    for (let drift = next++; drift < drifts; drift = next++) {
      await openAndClose(ledger, `chain-${drift % load.chains}`, start + drift, load.isRead === true);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: load.concurrency }, work));
  return { name, entries: load.entries, milliseconds: performance.now() - began };
}

async function openAndClose(ledger: Ledger, chain: string, drift: number, isRead: boolean): Promise<void> {
  const root = `/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/account${drift}`;
  if (isRead) {
    await ledger.readRoot(chain, root);
  }
  const opened = await append(ledger, chain, root, drift, 'absent', opening);
  await append(ledger, chain, root, drift, opened, closing);
}

async function append(
  ledger: Ledger,
  chain: string,
  root: string,
  drift: number,
  expected: number | 'absent',
  kinds: readonly CaseEntryKind[],
): Promise<number> {
  const key = caseKey(root, root, control);
  const caseId = `case-${drift}`;
  const commit = await ledger.append({
    chain,
    // The figures are of bodies of this size, whatever their kinds allow.
    entries: kinds.map((kind) => ({
      kind,
      key,
      caseId,
      body: {
        resource: root,
        control,
        actor: { name: 'leakstop' },
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        payload: {
          path: 'properties.supportsHttpsTrafficOnly',
          actual: false,
          desired: true,
          reason: 'x'.repeat(200),
        },
      },
    })) as unknown as readonly NewEntry[],
    cases: [{ key, caseId, expected, data: { severity: 'high', firstSeen: '2026-03-01T12:00:00.000Z' } }],
  });
  if (commit.kind !== 'committed') {
    throw new Error(`Cannot measure: ${JSON.stringify(commit)}`);
  }
  return commit.sequences.at(-1) ?? 0;
}

function print(title: string, runs: readonly Run[]): void {
  const [first] = runs;
  const table = new Table({
    head: [title, 'entries', 'ms', 'entries/s', 'to first', `of ${budget}/s`],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const each of runs) {
    table.push([
      each.name,
      each.entries,
      Math.round(each.milliseconds),
      Math.round(rate(each)),
      first ? `${(rate(each) / rate(first)).toFixed(2)}x` : '',
      `${Math.round((100 * rate(each)) / budget)} %`,
    ]);
  }
  process.stdout.write(`${table.toString()}\n`);
}

function rate(run: Run): number {
  return (run.entries * 1_000) / run.milliseconds;
}

if (import.meta.main) {
  await benchLedger();
}
