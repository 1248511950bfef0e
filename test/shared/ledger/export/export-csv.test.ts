import { expect, test } from 'vitest';
import { csvColumns, exportCsv } from '../../../../shared/ledger/export/export-csv.ts';
import { newManifest } from '../../../../shared/ledger/export/export-ndjson.ts';
import { openLedger } from '../../../../shared/ledger/open-ledger.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryTable } from '../../../support/memory-table.ts';

test.each(['=cmd|calc', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])(
  'a cell that begins like a formula is text: %j',
  async (text) => {
    const table = new MemoryTable().client();
    const bodies = { putBody: () => Promise.resolve(), getBody: () => Promise.resolve(undefined) };
    const ledger = openLedger({ table, bodies, clock: new ManualClock() });
    await ledger.append({
      chain: 'service',
      entries: [{ kind: 'work-failed', body: { resource: text, payload: { quote: '"a", b' } } }],
      cases: [],
    });
    let csv = '';
    const summary = await exportCsv({
      store: { table, bodies },
      manifest: newManifest(['service'], undefined, '2026-03-01T00:00:00.000Z'),
      ends: [{ chain: 'service', sequence: 1 }],
      write: (each) => {
        csv += each;
        return Promise.resolve();
      },
      signal: new AbortController().signal,
    });
    expect(summary).toEqual({ entries: 1, bodies: 1, short: [] });
    const [head, row] = csv.split(/\r\n(?=service)/);
    expect(head).toBe(`\uFEFF${Object.keys(csvColumns).join()}`);
    expect(row!.split(/,"?/)[5]).toMatch(/^'/);
    expect(row).toContain('"{""quote"":""\\""a\\"", b""}"');
  },
);
