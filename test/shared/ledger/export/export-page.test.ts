import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  exportPage,
  type LedgerPage,
  type PageLimits,
} from '../../../../shared/ledger/export/export-page.ts';
import { entryKey } from '../../../../shared/ledger/format/keys.ts';
import { entryRow, headRow } from '../../../../shared/ledger/rows.ts';
import type { Row } from '../../../../shared/ledger/table.ts';
import { newFolder, run } from '../../../cli/run.ts';
import { madeChain, type MadeEntry, numbers } from '../../../support/made-ledger.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryTable } from '../../../support/memory-table.ts';
import { runs } from '../../../support/effort.ts';

const chain = '00000000-0000-0000-0000-0000000000c1';
const entries = madeChain(chain, 23, numbers(3));
const bodies = { putBody: () => Promise.resolve(), getBody: () => Promise.resolve(undefined) };
const wide: PageLimits = { entries: 1_000, units: 1e9, milliseconds: 60_000 };

function storeOf(made: readonly MadeEntry[], change: (row: Row) => Row | undefined = (row) => row) {
  const head = {
    chain,
    sequence: made.length,
    hash: made.at(-1)!.hash,
    commit: '',
    hour: '',
    changes: 0,
    data: {},
  };
  const memory = new MemoryTable();
  memory.replaceRows([...made.map((entry) => entryRow(entry, entry.bodyText)), headRow(head)]);
  memory.replaceRows(memory.rows().flatMap<Row>((row) => change(row) ?? []));
  return { table: memory.client(), bodies };
}

const at = (sequence: number, change: (row: Row) => Row | undefined) =>
  storeOf(entries, (row) => (row.rowKey === entryKey(sequence) ? change(row) : row));

/** Every page from a sequence on. */
async function pagesFrom(
  store: ReturnType<typeof storeOf>,
  from: number,
  limits: PageLimits,
): Promise<LedgerPage[]> {
  const pages: LedgerPage[] = [];
  for (let next: number | undefined = from; next !== undefined;) {
    const page = await exportPage(store, chain, next, limits, new ManualClock());
    if (page.kind !== 'page' || pages.length > entries.length) {
      throw new Error(`no page at ${next}: ${page.kind}`);
    }
    pages.push(page);
    next = page.next;
  }
  return pages;
}

async function verdict(pages: readonly LedgerPage[]) {
  const folder = newFolder();
  const files = pages.map(({ from, text }) => {
    const file = join(folder, `${from}.ndjson`);
    writeFileSync(file, text);
    return file;
  });
  return run(['ledger', 'verify', ...files]);
}

describe('pages of a chain', () => {
  test('whatever their limits, hold every entry once and verify as one', async () => {
    const limits = fc.record({
      entries: fc.integer({ min: 1, max: 30 }),
      units: fc.integer({ min: 1, max: 9_000 }),
    });
    await fc.assert(
      fc.asyncProperty(limits, async (few) => {
        const pages = await pagesFrom(storeOf(entries), 1, { ...wide, ...few });
        const told = pages.flatMap(({ text }) =>
          text.split('\n').filter((line) => line.includes('"header":')),
        );
        expect(told.length).toBe(entries.length);
        expect(pages.every(({ text }) => text.endsWith('\n') && text.includes('"end":true'))).toBe(true);
        expect(pages.at(-1)).toMatchObject({ to: entries.length, next: undefined, end: entries.length });
        const { code, out, told: said } = await verdict(pages);
        // 4: nothing is wrong, and no checkpoint vouches for it.
        expect([code, out + said]).toEqual([4, expect.not.stringContaining('gap')]);
      }),
      { numRuns: runs(20) },
    );
  });

  test('that lack one between them are found out', async () => {
    const pages = await pagesFrom(storeOf(entries), 1, { ...wide, entries: 5 });
    expect((await verdict(pages.filter((_, index) => index !== 2))).code).toBe(1);
  });

  test('end when their time is used up, with one entry at least', async () => {
    const [first] = await pagesFrom(storeOf(entries), 1, { ...wide, milliseconds: 0 });
    expect(first).toMatchObject({ from: 1, to: 1, next: 2 });
  });

  test('begin where somebody left off, and at the end there is one without entries', async () => {
    expect(await pagesFrom(storeOf(entries), 20, wide)).toMatchObject([
      { from: 20, to: 23, next: undefined },
    ]);
    const [last] = await pagesFrom(storeOf(entries), 24, wide);
    expect(last).toMatchObject({ from: 24, to: 23, next: undefined, end: 23 });
    expect((await verdict([...(await pagesFrom(storeOf(entries), 1, wide)), last!])).code).toBe(4);
  });
});

describe('no page', () => {
  const clock = new ManualClock();
  test('begins behind the end', async () => {
    expect(await exportPage(storeOf(entries), chain, 25, wide, clock)).toEqual({
      kind: 'beyond-end',
      end: 23,
    });
  });

  test('is of a chain that is not there', async () => {
    expect(await exportPage(storeOf(entries), 'service', 1, wide, clock)).toEqual({ kind: 'no-chain' });
  });

  test.each<[string, ReturnType<typeof storeOf>]>([
    ['a header that is none', at(5, (row) => ({ ...row, header: 'x' }))],
    [
      'a body that would be lines of its own',
      storeOf(entries.map((each, index) => (index === 4 ? { ...each, bodyText: '{"a":\n1}' } : each))),
    ],
  ])('goes on over %s: the one before ends there', async (_, store) => {
    expect(await exportPage(store, chain, 1, wide, clock)).toMatchObject({ kind: 'page', to: 4, next: 5 });
    expect(await exportPage(store, chain, 5, wide, clock)).toEqual({ kind: 'unreadable', at: 5 });
  });

  test('hides that an entry is gone, or that the chain is short', async () => {
    expect(
      (
        await verdict(
          await pagesFrom(
            at(5, () => undefined),
            1,
            wide,
          ),
        )
      ).code,
    ).toBe(1);
    const short = await pagesFrom(
      at(23, () => undefined),
      1,
      wide,
    );
    expect(short.at(-1)).toMatchObject({ to: 22, end: 23 });
  });
});
