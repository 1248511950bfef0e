import { openCaseIndex } from '../shared/case-index/case-index.ts';
import type { ChainReader } from '../shared/ledger/chain-reader.ts';
import { caseKey } from '../shared/ledger/format/keys.ts';
import type { CaseRow } from '../shared/ledger/ledger.ts';
import { writeCaseData } from '../shared/case/case-data.ts';
import { systemClock } from '../shared/clock.ts';
import { accountId, madeCase, pagesWorld, subscription } from '../test/support/pages-world.ts';
import { duration, median, percentile, print } from './figures.ts';

const openCount = 10_000;
const closedCount = 3_000;
const rounds = 15;

/** Measures pages with many cases: the first one of a process, and later ones. */
export async function benchPages(): Promise<void> {
  const rows = Array.from({ length: openCount }, (_, index) => madeRow(index, false));
  const closed = Array.from({ length: closedCount }, (_, index) => madeRow(openCount + index, true));
  const before = process.memoryUsage().heapUsed;
  const world = pagesWorld();
  const index = openCaseIndex({
    reader: readerOf(rows, closed),
    ledger: world.ledger,
    subscriptions: [subscription],
    clock: systemClock,
  });
  const coldMs = await timed(() => index.read());
  global.gc?.();
  const heapMb = (process.memoryUsage().heapUsed - before) / 1e6;
  const pages = pagesWorld('https://leakstop.example', index);
  const first = rows[0];
  const paths = {
    overview: '/',
    'list of cases': '/cases',
    'list, last page': '/cases?page=200',
    'one case': `/cases/${subscription}/${first?.caseId ?? ''}`,
    '25 cases to decide': '/decide-many?control=storage-account-https-only',
  };
  const lines: (string | number)[][] = [
    [
      `index, cold: ${openCount} open and ${closedCount} closed cases`,
      duration(coldMs),
      '',
      `${heapMb.toFixed(0)} MB`,
    ],
  ];
  for (const [name, path] of Object.entries(paths)) {
    const samples: number[] = [];
    let bytes = 0;
    for (let round = 0; round < rounds; round += 1) {
      samples.push(
        await timed(async () => {
          bytes = (await (await pages.get(path, 'ada')).text()).length;
        }),
      );
    }
    lines.push([
      name,
      duration(median(samples)),
      duration(percentile(samples, 0.95)),
      `${Math.round(bytes / 1_000)} kB`,
    ]);
  }
  print(['Pages', 'median', 'p95', 'size'], lines);
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

function madeRow(index: number, isClosed: boolean): CaseRow & { readonly closedAt: string } {
  const resource = accountId(`account${index}`);
  const now = Date.now();
  const firstSeenDrifted = new Date(now - (index % 900) * 3_600_000).toISOString();
  const data = madeCase(resource, { firstSeenDrifted, ...(isClosed ? { closed: 'fixed' } : {}) });
  return {
    key: caseKey(data.root, resource, data.control),
    caseId: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    state: isClosed ? 'closed' : 'awaiting-decision',
    sequence: index + 1,
    data: writeCaseData(data),
    closedAt: new Date(now - (index % 700) * 3_600_000).toISOString(),
  };
}

/** Chains in memory: the time that tables take is not measured here. */
function readerOf(
  rows: readonly CaseRow[],
  closed: readonly (CaseRow & { readonly closedAt: string })[],
): ChainReader {
  const isIt = (chain: string): boolean => chain === subscription;
  return {
    end: (chain) => Promise.resolve(isIt(chain) ? rows.length + closed.length : 0),
    entries: () => each([]),
    openCases: (chain) => each(isIt(chain) ? rows : []),
    closedCases: (chain) => each(isIt(chain) ? closed : []),
  };
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) {
    yield await Promise.resolve(item);
  }
}
