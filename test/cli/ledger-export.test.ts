import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Context } from '../../cli/leakstop.ts';
import { makeErasure } from '../../shared/ledger/format/erasure.ts';
import { genesis } from '../../shared/ledger/format/entry.ts';
import { entryKey } from '../../shared/ledger/format/keys.ts';
import { entryRow, headRow } from '../../shared/ledger/rows.ts';
import type { Row } from '../../shared/ledger/table.ts';
import { madeChain, type MadeChains, type MadeEntry, madeEntry, numbers } from '../support/made-ledger.ts';
import { MemoryTable } from '../support/memory-table.ts';
import { type Ended, newFolder, run } from './run.ts';

const one = '00000000-0000-0000-0000-0000000000c1';
const places = ['--tables', 'https://tables.example', '--blobs', 'https://blobs.example'];
const bodies = { putBody: () => Promise.resolve(), getBody: () => Promise.resolve(undefined) };
const chains: MadeChains = {
  [one]: madeChain(one, 20, numbers(3)),
  service: madeChain('service', 10, numbers(2)),
};

function tableOf(of: MadeChains, more: readonly Row[] = []): MemoryTable {
  const memory = new MemoryTable();
  const rows = Object.entries(of).flatMap(([chain, entries]) => [
    ...entries.map((entry) => entryRow(entry, entry.bodyText)),
    headRow({
      chain,
      sequence: entries.length,
      hash: entries.at(-1)!.hash,
      commit: '',
      hour: '',
      changes: 0,
      data: {},
    }),
  ]);
  memory.replaceRows([...rows, ...more]);
  return memory;
}

/** The same rows, but what `change` makes of those of the first chain; undefined takes one away. */
function changed(change: (row: Row) => Row | undefined): MemoryTable {
  const memory = tableOf(chains);
  memory.replaceRows(
    memory.rows().flatMap<Row>((row) => (row.partitionKey === one ? (change(row) ?? []) : row)),
  );
  return memory;
}

const exportFrom = (memory: MemoryTable, line: string[], given: Partial<Context> = {}): Promise<Ended> =>
  run(['ledger', 'export', ...places, ...line], {
    openStorage: () => Promise.resolve({ table: memory.client(), bodies }),
    ...given,
  });
const verify = (...line: string[]): Promise<Ended> => run(['ledger', 'verify', ...line]);
const newFile = (name = 'export.ndjson'): string => join(newFolder(), name);
const textOf = (file: string): string => readFileSync(file, 'utf8');
const isEnded = (file: string): boolean => textOf(file).includes('"end":true');

function interruptedAfter(entries: number): Partial<Context> {
  const controller = new AbortController();
  let seen = 0;
  const advance = () => {
    seen += 1;
    if (seen === entries) controller.abort(new Error('interrupted'));
  };
  return { signal: controller.signal, progress: () => ({ advance, stop: () => undefined }) };
}

describe('an interrupted export is not gone on with', () => {
  const cut = (to: number): MadeChains => ({
    [one]: chains[one]!.slice(0, to),
    service: chains.service!.slice(0, 2),
  });
  test.each<[string, MemoryTable, RegExp]>([
    [
      'from an empty table',
      new MemoryTable(),
      /head of chain .* is missing[^]*Entry 7 .* is not in the table/,
    ],
    ['from a table that went back', tableOf(cut(3)), /Entry 7 .* is not in the table/],
    [
      'from a table whose head went back',
      changed((row) => (row.rowKey === 'head' ? { ...row, sequence: 3 } : row)),
      /knows less than entry 7, which was exported before/,
    ],
    [
      'from a table without the head',
      changed((row) => (row.rowKey === 'head' ? undefined : row)),
      /head of chain .* is missing/,
    ],
    [
      'from a table with other entries',
      tableOf({ ...chains, [one]: madeChain(one, 20, numbers(9)) }),
      /Entry 7 .* is another one/,
    ],
  ])('%s', async (_, other, message) => {
    const file = newFile();
    expect((await exportFrom(tableOf(chains), ['-o', file], interruptedAfter(7))).code).toBe(3);
    const before = textOf(file);
    const { code, told } = await exportFrom(other, ['--resume', file]);
    expect(told).toMatch(message);
    expect(told).toContain('is NOT complete.');
    expect(told).not.toContain('--resume');
    expect(code).toBe(1);
    expect(textOf(file)).toBe(before);
  });

  test('where a chain that was finished is another one now', async () => {
    const file = newFile();
    await exportFrom(tableOf(chains), ['-o', file], interruptedAfter(25));
    const other = tableOf({ ...chains, [one]: madeChain(one, 20, numbers(9)) });
    const { code, told } = await exportFrom(other, ['--resume', file]);
    expect(told).toContain(`Entry 20 of chain "${one}"`);
    expect(code).toBe(1);
  });

  test('behind a line that is none, with file and line', async () => {
    const file = newFile();
    await exportFrom(tableOf(chains), ['-o', file], interruptedAfter(7));
    writeFileSync(file, `${textOf(file)}garbage\n`);
    const { code, told } = await exportFrom(tableOf(chains), ['--resume', file]);
    expect(told).toContain(`Cannot resume "${file}": line 9: Cannot read the line`);
    expect(code).toBe(3);
  });
});

describe('what is wrong with the table is said, and the rest is exported,', () => {
  const entry = (sequence: number, change: (row: Row) => Row | undefined) =>
    changed((row) => (row.rowKey === entryKey(sequence) ? change(row) : row));
  test.each<[string, MemoryTable, RegExp, number]>([
    ['a header', entry(5, (row) => ({ ...row, header: 'x' })), /Entry 5 .* cannot be read/, 29],
    ['no header', entry(5, ({ header: _gone, ...row }) => row), /Entry 5 .* cannot be read/, 29],
    [
      'the header of another chain',
      entry(5, (row) => ({ ...row, header: chains.service![4]!.text })),
      /Entry 5 .* cannot be read/,
      29,
    ],
    [
      'a body that would be lines of its own',
      entry(5, (row) => ({ ...row, body0: `{}\n{"header":${chains[one]![4]!.text}}` })),
      /Entry 5 .* cannot be read/,
      29,
    ],
    [
      'a row that is no entry',
      tableOf(chains, [{ partitionKey: one, rowKey: 'entry!zzz' }]),
      /Entry "entry!zzz" .* cannot be read/,
      30,
    ],
    [
      'a head',
      changed((row) => (row.rowKey === 'head' ? { ...row, sequence: 'x' } : row)),
      /head of chain .* cannot be read/,
      30,
    ],
    [
      'a head that is gone with the end of its chain',
      changed((row) =>
        row.rowKey === 'head' || (row.rowKey! > entryKey(10) && row.rowKey! < 'f') ? undefined : row,
      ),
      /head of chain .* is missing/,
      20,
    ],
    ['the last entry', entry(20, () => undefined), /ends with entry 19, and its head knows a later one/, 29],
  ])('%s: and the file does not look whole', async (what, memory, message, entries) => {
    const file = newFile();
    const { code, told } = await exportFrom(memory, ['-o', file]);
    expect(told).toMatch(message);
    expect(told).toContain(`is NOT complete.\nExported ${entries} entries`);
    expect(told).not.toContain('--resume');
    expect(code).toBe(1);
    expect(isEnded(file)).toBe(false);
    expect((await verify(file)).code).toBe(1);
    const csv = newFile('export.csv');
    // A cell can hold any body.
    const expected = what.startsWith('a body') ? 0 : 1;
    expect((await exportFrom(memory, ['-o', csv, '--format', 'csv'])).code).toBe(expected);
  });

  test.each(["o'brien", 'Tenant', '~zz', ' ', 'a\u001b[2J'])(
    'a planted partition %j',
    async (partitionKey) => {
      const file = newFile();
      const memory = tableOf(chains, [{ partitionKey, rowKey: 'x' }]);
      const { code, told } = await exportFrom(memory, ['-o', file]);
      expect(told).toContain(`Partition ${JSON.stringify(partitionKey)} is no chain of the ledger`);
      expect(code).toBe(1);
      expect(textOf(file)).toBe(await exportOf(tableOf(chains)));
      const summary = await exportFrom(memory, ['-o', newFile(), '--json', '--subscription', one]);
      expect(summary.code).toBe(1);
      expect(JSON.parse(summary.out)).toMatchObject({
        isWhole: true,
        findings: [{ kind: 'not-a-chain', chain: partitionKey }],
      });
    },
  );

  const exportOf = async (memory: MemoryTable): Promise<string> => {
    const file = newFile();
    await exportFrom(memory, ['-o', file]);
    return textOf(file);
  };

  test('an interruption behind something unreadable cannot be gone on with, and is not said to be', async () => {
    const memory = entry(5, (row) => ({ ...row, header: 'x' }));
    const { code, told } = await exportFrom(memory, ['-o', newFile()], interruptedAfter(7));
    expect(told).not.toContain('--resume');
    expect(code).toBe(3);
  });
});

describe('a CSV', () => {
  test('does not go to standard output, where it would look whole', async () => {
    const { code, told, out } = await exportFrom(tableOf(chains), ['--format', 'csv']);
    expect(told).toContain('say --output');
    expect([code, out]).toEqual([2, '']);
  });

  test('is not named as whole when an entry cannot be read', async () => {
    const file = newFile('export.csv');
    const memory = changed((row) => (row.rowKey === entryKey(5) ? { ...row, header: 'x' } : row));
    await exportFrom(memory, ['-o', file, '--format', 'csv']);
    expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, true]);
  });

  test('tells a body that is erased from one that is missing', async () => {
    const first = madeEntry(genesis('service'), { kind: 'signal-received', case: null });
    const second = madeEntry(after(first), { kind: 'signal-received', case: null });
    const payload = makeErasure({
      entries: [{ sequence: 1, bodyHash: first.header.bodyHash }],
      reason: 'reason',
      authority: 'officer',
    });
    const third = madeEntry(after(second), { kind: 'body-erased', case: null, payload });
    const memory = tableOf({ service: [first, second, third] });
    memory.replaceRows(
      memory.rows().map(({ body0, bodyIn, ...row }) => {
        if (row.rowKey === entryKey(1)) return { ...row, bodyIn: 'erased', erasedBy: 3 };
        return row.rowKey === entryKey(2) ? { ...row, bodyIn: 'blob' } : { ...row, body0, bodyIn };
      }),
    );
    const file = newFile('export.csv');
    await exportFrom(memory, ['-o', file, '--format', 'csv']);
    const states = textOf(file)
      .split('\r\n')
      .map((line) => /"(present|erased|missing)","[0-9a-f]{64}"$/.exec(line)?.[1]);
    expect(states.slice(1, 4)).toEqual(['erased', 'missing', 'present']);
  });
});

function after({ header: { chain, sequence }, hash }: MadeEntry) {
  return { chain, sequence, hash };
}

describe('times', () => {
  test.each(['2026-02-30', '2026-13-01', '2026-03-01T24:00:00Z', '2026-03-01 12:00', '2026-03-01T12:00:00'])(
    '%s is none',
    async (time) => {
      const { code, told } = await exportFrom(tableOf(chains), ['--since', time]);
      expect(told).toContain('Expected a day of the calendar, or a time with its zone');
      expect(code).toBe(2);
    },
  );

  test.each(['2028-02-29', '2026-03-01T12:00Z', '2026-03-01T12:00:00+01:00', '2026-03-01T12:00:00.5Z'])(
    '%s is one',
    async (time) => {
      expect((await exportFrom(tableOf(chains), ['--since', time])).code).toBe(0);
    },
  );

  test('with nothing between them are a mistake', async () => {
    const { code, told } = await exportFrom(tableOf(chains), [
      '--since',
      '2026-04-01',
      '--until',
      '2026-03-01',
    ]);
    expect(told).toContain('so there is nothing between them');
    expect(code).toBe(2);
  });
});
