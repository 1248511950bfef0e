import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import type { FaultEffect } from '../../sandbox/faults.ts';
import { eventually } from '../e2e/eventually.ts';
import { type AzuriteTables } from '../support/azurite-table.ts';
import { collect } from '../support/disturbed-table.ts';
import { readRawChain } from '../support/read-raw-chain.ts';
import type { AppenderLine, AppenderOptions } from './appender.ts';

export interface Contention {
  readonly processes: number;
  readonly workers: number;
  /** Units of each worker. */
  readonly units: number;
  readonly chains: readonly string[];
  /** How often a process is killed, and another one takes its place. */
  readonly kills: number;
  /** Whether no two workers touch the same case. */
  readonly own?: boolean;
  /** Whether the table fails now and then, before and after a call takes effect. */
  readonly faults: boolean;
}

/** What came of it. `problems` is empty when the ledger did what it has to do. */
export interface ContentionReport {
  readonly problems: readonly string[];
  readonly entries: number;
  readonly committed: number;
  readonly moved: number;
  readonly unknown: number;
  readonly killed: number;
  readonly faults: number;
  readonly milliseconds: number;
}

const timeoutInMs = 400;
const principal = '11111111-1111-1111-1111-111111111111';
const script = fileURLToPath(new URL('./appender.ts', import.meta.url));

/** Lets real processes append to the same chains, breaks what can break, and judges the raw rows. */
export async function runContention(
  tables: AzuriteTables,
  contention: Contention,
): Promise<ContentionReport> {
  const table = await tables.create();
  const { processes, workers, units, chains, own = false } = contention;
  const lines: AppenderLine[] = [];
  const begin = (name: string, waits: boolean) =>
    start(
      {
        name,
        url: tables.urls.tables,
        table: table.tableName,
        principal,
        chains,
        workers,
        units,
        timeoutInMs,
        own,
        waits,
      },
      tables.caFile,
      lines,
    );
  const children = Array.from({ length: processes }, (_, index) => begin(`p${index}`, true));
  await eventually(
    'the processes have started',
    () => lines.filter(({ kind }) => kind === 'ready').length === processes,
  );
  const startedAt = performance.now();
  children.forEach(({ child }) => child.stdin?.write('go\n'));

  let isOver = false;
  const faults = contention.faults ? disturb(tables, () => isOver) : Promise.resolve(0);
  let killed = 0;
  for (let kill = 0; kill < contention.kills; kill += 1) {
    await pause(200 + Math.random() * 400);
    const victim = children[kill % children.length]!;
    if (victim.child.exitCode === null) {
      victim.child.kill('SIGKILL');
      await victim.ended;
      killed += 1;
      children[kill % children.length] = begin(`k${kill}`, false);
    }
  }
  await Promise.all(children.map(({ ended }) => ended));
  const milliseconds = performance.now() - startedAt;
  isOver = true;
  const played = await faults;
  tables.faults.clear();
  // What was on its way when its process was killed still arrives.
  await pause(timeoutInMs + 500);
  const rows = (await collect(table.listEntities())) as Record<string, unknown>[];
  const judged = judge(chains, rows, lines);
  return { ...judged, killed, faults: played, milliseconds };
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
}

function start(options: AppenderOptions, caFile: string, lines: AppenderLine[]): Running {
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: caFile },
  });
  let rest = '';
  child.stdout.on('data', (part: Buffer) => {
    const whole = (rest + part.toString()).split('\n');
    rest = whole.pop() ?? '';
    lines.push(...whole.map((line) => JSON.parse(line) as AppenderLine));
  });
  return { child, ended: once(child, 'close') };
}

const effects: readonly FaultEffect[] = [
  { kind: 'status', status: 412, code: 'UpdateConditionNotSatisfied' },
  { kind: 'status', status: 429, retryAfterInSeconds: 0 },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 500 },
  { kind: 'reset-before' },
  { kind: 'reset-after' },
  { kind: 'hang-after', milliseconds: timeoutInMs + 200 },
  { kind: 'latency', milliseconds: timeoutInMs + 200 },
];

/** Plays one fault after the other; gives their number. */
async function disturb(tables: AzuriteTables, isOver: () => boolean): Promise<number> {
  let count = 0;
  for (; !isOver(); count += 1) {
    const effect = effects[count % effects.length]!;
    // What matters most is a commit whose answer is lost; and a conflict is only ever the answer to a commit.
    const isOfCommits = effect.kind.endsWith('-after') || (effect.kind === 'status' && effect.status === 412);
    const methods = isOfCommits ? ['POST'] : ['POST', 'GET'];
    // One at a time: a call that meets two would be refused by the first and never take effect.
    tables.faults.clear();
    tables.faults.add({ target: 'tables', effect, methods, times: 1 });
    await pause(40 + Math.random() * 120);
  }
  return count;
}

/** Compares what the processes were told with what lies in the table, by a reader that shares no code with the writer. */
function judge(
  chains: readonly string[],
  rows: readonly Record<string, unknown>[],
  lines: readonly AppenderLine[],
): Pick<ContentionReport, 'problems' | 'entries' | 'committed' | 'moved' | 'unknown'> {
  const problems: string[] = [];
  const found = new Map<string, number[]>();
  let entries = 0;
  for (const chain of chains) {
    const read = readRawChain(chain, rows);
    problems.push(...read.problems.map((problem) => `${chain}: ${problem}`));
    entries += read.entries.length;
    for (const { sequence, body } of read.entries) {
      const { mark, index } = body?.payload as { mark: string; index: number };
      const sequences = found.get(mark) ?? [];
      if (index !== sequences.length + 1) problems.push(`${mark}: entry ${index} after ${sequences.length}`);
      found.set(mark, [...sequences, sequence]);
    }
  }
  const told = new Map(lines.flatMap((line) => (line.kind === 'told' ? [[line.mark, line]] : [])));
  const counts = { committed: 0, moved: 0, unknown: 0 };
  for (const { mark, entries: size } of lines.filter((line) => line.kind === 'sent')) {
    const answer = told.get(mark);
    const problem = problemOf(answer, found.get(mark) ?? [], size);
    found.delete(mark);
    if (problem !== undefined) problems.push(`${mark}: ${problem}`);
    counts[countedAs[answer?.outcome ?? ''] ?? 'unknown'] += 1;
  }
  problems.push(...[...found.keys()].map((mark) => `${mark}: in the chain, and nobody sent it`));
  return { problems, entries, ...counts };
}

const countedAs: Readonly<Record<string, 'committed' | 'moved'>> = {
  committed: 'committed',
  'case-moved': 'moved',
};

function problemOf(
  answer: Extract<AppenderLine, { kind: 'told' }> | undefined,
  sequences: readonly number[],
  entries: number,
): string | undefined {
  const found = JSON.stringify(sequences);
  // Without an answer, because it was lost or because the process was killed, all of it may be there or nothing.
  const { outcome, message = '' } = answer ?? { outcome: 'unknown' };
  const isRight: Readonly<Record<string, boolean>> = {
    committed: found === JSON.stringify(answer?.sequences),
    'case-moved': sequences.length === 0,
    unknown: [0, entries].includes(sequences.length),
  };
  return isRight[outcome] === true ? undefined : `told "${outcome}" ${message}, found ${found} of ${entries}`;
}
