import { createHash } from 'node:crypto';

/*
 * Reads raw rows and says what is wrong with them. Shares no code with the ledger, on purpose: a mistake in one would
 * otherwise hide in both.
 */

type RawRow = Record<string, unknown>;

export interface RawEntry {
  readonly sequence: number;
  readonly kind: string;
  readonly case: string | null;
  readonly body: Record<string, unknown> | undefined;
}

export interface RawChain {
  readonly entries: readonly RawEntry[];
  /** State of each case that is open, by case id. */
  readonly open: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
}

const open = ['open', 'held', 'awaiting-decision', 'changing', 'waiting', 'verifying', 'stuck', 'failed'];
const legal: Record<string, [string[], string]> = {
  'case-opened': [['none'], 'open'],
  'case-observed': [open, '='],
  'case-reconsidered': [['held', 'awaiting-decision', 'stuck', 'failed'], 'open'],
  'case-escalated': [open, '='],
  'case-decided': [['open'], '='],
  'case-held': [['open'], 'held'],
  'decision-requested': [['open'], 'awaiting-decision'],
  'decision-recorded': [['held', 'awaiting-decision', 'stuck', 'failed'], '='],
  'decision-voided': [open, '='],
  'change-intended': [['open'], 'changing'],
  'step-applied': [['changing'], '='],
  'change-waiting': [['changing'], 'waiting'],
  'change-resumed': [['waiting'], 'changing'],
  'change-withdrawn': [['changing'], 'open'],
  'change-applied': [['changing'], 'verifying'],
  'change-verified': [['verifying'], '='],
  'case-stuck': [['changing', 'waiting', 'verifying'], 'stuck'],
  'case-failed': [['open', 'changing', 'waiting', 'verifying'], 'failed'],
  'case-closed': [open, 'closed'],
};

export function readRawChain(
  chain: string,
  rows: readonly RawRow[],
  bodies: ReadonlyMap<string, string> = new Map(),
): RawChain {
  const problems: string[] = [];
  const entries: RawEntry[] = [];
  const states = new Map<string, string>();
  const expectedRows = new Map<string, { caseId: string; sequence: number; state: string; data: string }>();
  let previous = sha256(`leakstop ledger 1\n${chain}`);
  const mine = rows.filter(({ partitionKey }) => partitionKey === chain);
  const entryRows = mine
    .filter(({ rowKey }) => String(rowKey).startsWith('entry!'))
    .sort((one, other) => (String(one.rowKey) < String(other.rowKey) ? -1 : 1));
  entryRows.forEach((row, index) => {
    const at = `entry ${index + 1}`;
    const header = JSON.parse(String(row.header)) as Record<string, string | number | null>;
    if (sorted(header) !== row.header) problems.push(`${at}: header is not canonical`);
    if (row.rowKey !== `entry!${String(index + 1).padStart(16, '0')}`)
      problems.push(`${at}: gap at ${String(row.rowKey)}`);
    if (header.sequence !== index + 1) problems.push(`${at}: sequence ${String(header.sequence)}`);
    if (header.chain !== chain || header.format !== 1) problems.push(`${at}: foreign`);
    if (header.previous !== previous) problems.push(`${at}: link broken`);
    previous = sha256(String(row.header));
    const text = textOf(row, 'body') ?? bodies.get(String(header.bodyHash));
    if (text === undefined) problems.push(`${at}: no body`);
    if (text !== undefined && sha256(text) !== header.bodyHash) problems.push(`${at}: body altered`);
    const body = text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
    const kind = String(header.kind);
    const caseId = header.case as string | null;
    entries.push({ sequence: index + 1, kind, case: caseId, body });
    if (caseId === null) {
      if (kind in legal) problems.push(`${at}: ${kind} without a case`);
      return;
    }
    const before = states.get(caseId) ?? 'none';
    const [from, to] = legal[kind] ?? [[], ''];
    if (!from.includes(before)) problems.push(`${at}: ${kind} from ${before}`);
    const after = to === '=' ? before : to;
    states.set(caseId, after);
    const told = body?.row as { key: string; data: unknown } | undefined;
    if (told) {
      const rowKey =
        after === 'closed' ? `closed!${told.key}!${String(index + 1).padStart(16, '0')}` : `open!${told.key}`;
      if (after === 'closed') expectedRows.delete(`open!${told.key}`);
      expectedRows.set(rowKey, { caseId, sequence: index + 1, state: after, data: sorted(told.data) });
    }
  });
  checkHead(mine, entryRows.length, previous, problems);
  checkCases(mine, expectedRows, problems);
  return {
    entries,
    open: new Map([...states].filter(([, state]) => state !== 'closed')),
    problems,
  };
}

function checkHead(rows: RawRow[], last: number, hash: string, problems: string[]): void {
  const head = rows.find(({ rowKey }) => rowKey === 'head');
  if (last === 0 && head === undefined) return;
  if (head?.sequence !== last) problems.push(`head says ${String(head?.sequence)} of ${last}`);
  if (head?.hash !== hash) problems.push('head names another entry');
}

function checkCases(
  rows: RawRow[],
  expected: Map<string, { caseId: string; sequence: number; state: string; data: string }>,
  problems: string[],
): void {
  const caseRows = rows.filter(({ rowKey }) => /^(open|closed)!/.test(String(rowKey)));
  for (const row of caseRows) {
    const told = expected.get(String(row.rowKey));
    const actual = {
      caseId: row.caseId,
      sequence: row.sequence,
      state: row.state,
      data: textOf(row, 'data'),
    };
    if (sorted(told ?? null) !== sorted(actual))
      problems.push(
        `${String(row.rowKey)} is not what the entries say: ${sorted(actual)} for ${sorted(told ?? null)}`,
      );
    expected.delete(String(row.rowKey));
  }
  for (const rowKey of expected.keys()) problems.push(`${rowKey} is missing`);
}

function textOf(row: RawRow, name: string): string | undefined {
  let text: string | undefined;
  for (let index = 0; typeof row[`${name}${index}`] === 'string'; index += 1) {
    text = (text ?? '') + String(row[`${name}${index}`]);
  }
  return text === undefined ? undefined : withoutRowEscapes(text);
}

/** Rows escape some characters that canonical JSON leaves as they are. An escape counts after an even number of backslashes. */
function withoutRowEscapes(text: string): string {
  const rowEscape = /(?<!\\)((?:\\\\)*)\\u(00[789][0-9a-f]|202[89]|fd[de][0-9a-f]|feff|fff[ef])/g;
  let before: string;
  let after = text;
  do {
    before = after;
    after = before.replace(
      rowEscape,
      (_, backslashes: string, code: string) => `${backslashes}${String.fromCharCode(parseInt(code, 16))}`,
    );
  } while (after !== before);
  return after;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${sorted(member)}`).join(',')}}`;
}
