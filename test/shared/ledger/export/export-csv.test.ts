import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvColumns, exportCsv } from '../../../../shared/ledger/export/export-csv.ts';
import { newManifest } from '../../../../shared/ledger/export/export-ndjson.ts';
import { genesis } from '../../../../shared/ledger/format/entry.ts';
import { entryRow } from '../../../../shared/ledger/rows.ts';
import { madeEntry } from '../../../support/made-ledger.ts';
import { MemoryTable } from '../../../support/memory-table.ts';
import { runs } from '../../../support/effort.ts';

/** Cells of a table, read as lenient spreadsheets do: a quote begins a quoted part only where a cell begins. */
function cellsOf(csv: string, separator: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let isQuoted = false;
  let isStart = true;
  const text = csv.replace(/\r\n?/g, '\n');
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at]!;
    if (isQuoted) {
      if (sign === '"' && text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else if (sign === '"') {
        isQuoted = false;
      } else {
        cell += sign;
      }
    } else if (sign === '"' && isStart) {
      isQuoted = true;
      isStart = false;
    } else if (sign === separator || sign === '\n') {
      rows.at(-1)!.push(cell);
      cell = '';
      isStart = true;
      if (sign === '\n') {
        rows.push([]);
      }
    } else {
      cell += sign;
      isStart = false;
    }
  }
  expect(isQuoted).toBe(false);
  expect(rows.pop()).toEqual([]);
  return rows;
}

/** What a spreadsheet would run, whatever stands before it that cannot be seen. */
const dangerous = /^[\s"\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\uFFFD]*[=+\-@＝＋－＠]/u;

async function csvOf(texts: readonly string[]) {
  const memory = new MemoryTable();
  let end = genesis('tenant');
  const rows = texts.map((text) => {
    // As somebody could have written it who may write the table: not everything here could be an entry of ours.
    const entry = madeEntry(end, { kind: 'case-observed', case: text.toWellFormed() || 'case' });
    end = { chain: 'tenant', sequence: end.sequence + 1, hash: entry.hash };
    const body = JSON.stringify({ salt: 'a', resource: text, control: text, payload: { text } });
    return entryRow(entry, body);
  });
  memory.replaceRows(rows);
  let csv = '';
  const bodies = { putBody: () => Promise.resolve(), getBody: () => Promise.resolve(undefined) };
  const summary = await exportCsv({
    store: { table: memory.client(), bodies },
    manifest: newManifest(['tenant'], undefined, '2026-03-01T00:00:00.000Z'),
    ends: [{ chain: 'tenant', sequence: texts.length }],
    write: (each) => {
      csv += each;
      return Promise.resolve();
    },
    signal: new AbortController().signal,
  });
  return { csv, summary };
}

function judge(csv: string, entries: number): void {
  expect(csv.startsWith('\uFEFF')).toBe(true);
  const rows = cellsOf(csv.slice(1), ',');
  expect(rows[0]).toEqual(Object.keys(csvColumns));
  expect(rows.map((row) => row[1]).slice(1)).toEqual(
    Array.from({ length: entries }, (_, at) => String(at + 1)),
  );
  for (const row of rows) expect(row).toHaveLength(Object.keys(csvColumns).length);
  // Excel separates by what the system's region says, and nobody asks.
  for (const separator of [',', ';', '\t']) {
    const cells = cellsOf(csv.slice(1), separator).flat();
    expect(cells.filter((cell) => dangerous.test(cell))).toEqual([]);
  }
}

const nasty = [
  '=cmd|calc',
  '+1',
  '-1',
  '@SUM(A1)',
  '\tx',
  '\r=1',
  "r\n=cmd|' /C calc'!A0",
  'only\nfeeds',
  '\n=1+1',
  ' =1+1',
  '\u00a0=1+1',
  '\uff1d1+1',
  '\uff0b1',
  '\uff0d1',
  '\uff201',
  '\ufeff=1+1',
  '\u200b=1+1',
  '\u2028=1+1',
  '\u0085=1+1',
  '\u0000=1+1',
  '\u3164=1+1',
  ' \u034f+1',
  'x;=HYPERLINK("http://e")',
  'x; "=1+1";y',
  'x\t=1+1',
  '"=1+1',
  '";=1+1',
  '\ud800',
];

test.each(nasty)('a cell is one cell, and no formula: %j', async (text) => {
  const { csv, summary } = await csvOf([text, 'plain']);
  expect(summary).toEqual({ entries: 2, bodies: 2, isWhole: true });
  judge(csv, 2);
});

test('whatever the texts are, there is one row for each entry, and no cell begins as a formula', async () => {
  const piece = fc.oneof(
    fc.constantFrom('=', '+', '-', '@', ';', ',', '"', "'", '\n', '\r', '\t', ' ', '＝', '\u200b', '\u2028'),
    fc.constantFrom(...nasty),
    fc.string({ unit: 'binary' }),
  );
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 4 }), async (texts) => {
      judge((await csvOf(texts)).csv, texts.length);
    }),
    { numRuns: runs(75) },
  );
});

test('what is harmless stays as it is', async () => {
  const { csv } = await csvOf(['a-b; c = d, "e" 😀 é']);
  expect(cellsOf(csv.slice(1), ',')[1]).toMatchObject({ 5: 'a-b; c = d, "e" 😀 é' });
});

test('a long cell is cut', async () => {
  const { csv } = await csvOf([';='.repeat(40_000)]);
  const [, row] = cellsOf(csv.slice(1), ',');
  expect(row![5]).toMatch(/… \(cut\)$/);
  expect(Math.max(...row!.map((cell) => cell.length))).toBeLessThan(32_767);
  judge(csv, 1);
});
