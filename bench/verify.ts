import { fork } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportNdjson, newManifest } from '../shared/ledger/export/export-ndjson.ts';
import { entryRow } from '../shared/ledger/rows.ts';
import type { Row, StorageTable } from '../shared/ledger/table.ts';
import { verifyLedger } from '../shared/ledger/verify/verdict/verify-ledger.ts';
import { madeEntries, numbers } from '../test/support/made-ledger.ts';
import { duration, print } from './figures.ts';

const chain = '00000000-0000-0000-0000-0000000000c1';
const budgetInMs = 5_000;
/** A heap too small to hide anything that grows with the entries. */
const smallHeap = ['--max-old-space-size=48', '--max-semi-space-size=4'];

type Task = 'make' | 'export' | 'verify';

interface Measurement {
  readonly milliseconds: number;
  readonly peakInMiB: number;
}

/**
 * Exports 100,000 and 1,000,000 entries and verifies the files, each in a process of its own with a heap of 48 MiB.
 * Pure code makes the entries, row by row, without a table. The first row of the table is the cost of making them.
 */
export async function benchVerify(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'leakstop-bench-'));
  const rows: (string | number)[][] = [];
  try {
    for (const entries of [100_000, 1_000_000]) {
      const file = join(directory, `${entries}.ndjson`);
      for (const task of ['make', 'export', 'verify'] as const) {
        const { milliseconds, peakInMiB } = await inProcess(task, file, entries);
        const isBudgeted = task === 'verify' && entries === 100_000;
        rows.push([
          task === 'export' ? 'make and export' : task,
          entries.toLocaleString('en'),
          duration(milliseconds),
          Math.round((entries * 1_000) / milliseconds).toLocaleString('en'),
          `${Math.round(peakInMiB)} MiB`,
          isBudgeted ? `${Math.round((100 * milliseconds) / budgetInMs)} %` : '',
        ]);
      }
      rmSync(file);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  print(['Ledger files', 'entries', 'time', 'entries/s', 'peak memory', 'of budget'], rows);
}

async function inProcess(task: Task, file: string, entries: number): Promise<Measurement> {
  const child = fork(import.meta.filename, [task, file, String(entries)], { execArgv: smallHeap });
  const { promise, resolve, reject } = Promise.withResolvers<Measurement>();
  child.once('message', (measured) => resolve(measured as Measurement));
  child.once('exit', (code) =>
    reject(new Error(`Cannot measure "${task}": it ended with ${code ?? 'a signal'}`)),
  );
  return promise;
}

const tasks: Readonly<Record<Task, (file: string, count: number) => Promise<void>>> = {
  make: async (_file, count) => {
    let made = 0;
    for await (const row of madeRows(count)) {
      made += row.header === '' ? 0 : 1;
    }
    if (made !== count) {
      throw new Error('Cannot measure: entries are missing');
    }
  },
  export: async (file, count) => {
    const stream = createWriteStream(file);
    const table = { listEntities: () => madeRows(count) } as unknown as StorageTable;
    await exportNdjson({
      store: { table, bodies: { putBody: nothing, getBody: () => Promise.resolve(undefined) } },
      manifest: newManifest([chain], undefined, '2026-03-09T00:00:00.000Z'),
      ends: [],
      write: async (text) => {
        if (!stream.write(text)) {
          await once(stream, 'drain');
        }
      },
      signal: new AbortController().signal,
    });
    stream.end();
    await once(stream, 'finish');
  },
  verify: async (file, count) => {
    const { size } = statSync(file);
    const source = { name: file, size, open: (start = 0) => createReadStream(file, { start }) };
    const { findings, chains } = await verifyLedger({ files: [source] });
    if (findings.length > 0 || chains[0]?.to !== count) {
      throw new Error(`Cannot measure: ${JSON.stringify(findings)}`);
    }
  },
};

/** Rows in the form in which a table returns them. */
async function* madeRows(count: number): AsyncGenerator<Row> {
  await nothing();
  for (const entry of madeEntries(chain, count, numbers(1))) {
    yield entryRow(entry, entry.bodyText);
  }
}

function nothing(): Promise<void> {
  return Promise.resolve();
}

async function measure(task: Task, file: string, count: number): Promise<void> {
  const began = performance.now();
  await tasks[task](file, count);
  const measured: Measurement = {
    milliseconds: performance.now() - began,
    peakInMiB: process.resourceUsage().maxRSS / 1_024,
  };
  process.send?.(measured);
}

if (import.meta.main) {
  const [task, file, count] = process.argv.slice(2);
  await (task === undefined ? benchVerify() : measure(task as Task, file ?? '', Number(count)));
}
