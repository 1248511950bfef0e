import { isDeepStrictEqual } from 'node:util';
import type { CrashScenario } from './crash-scenarios.ts';
import { readRawChain } from './read-raw-chain.ts';
import type { RawEntry } from './scenario.ts';
import { entriesOf, rawRows } from './scenario.ts';
import type { TestBed } from './test-bed.ts';

/**
 * What is wrong with how a scenario ended; nothing when everything is as it would be had nobody died:
 *
 * - every resource is exactly as it has to be, whole bodies compared;
 * - the chain has no gap, every hash is right, every move is legal, and head and case rows say what the entries say,
 *   all of it judged by code that shares nothing with the writer;
 * - each case was opened once, went its way once, and is where it has to be; there is no other case, and no other entry
 *   but the one of the baseline. With `mayWithdraw` a change that certainly had no effect may be withdrawn and decided
 *   anew, and only that.
 */
export async function whatIsWrong(
  bed: TestBed,
  subscription: string,
  { after, cases }: CrashScenario,
  { mayWithdraw = false } = {},
): Promise<string[]> {
  const chain = readRawChain(subscription, await rawRows(bed, subscription));
  const all = await entriesOf(bed, subscription);
  const entries = mayWithdraw ? withoutWithdrawn(all) : all;
  const problems = [...chain.problems];
  for (const body of after) {
    const actual = bed.azure.arm.state.get(body.id);
    if (!isDeepStrictEqual(withoutVersion(actual), withoutVersion(body))) {
      problems.push(`${body.name} is ${JSON.stringify(actual?.properties)}`);
    }
  }
  problems.push(...cases.flatMap((one) => wrongCase(one, entries)));
  const expected = cases.reduce((sum, { kinds }) => sum + kinds.length, 1);
  const baselines = entries.filter(({ kind }) => kind === 'baseline-completed').length;
  if (entries.length !== expected || baselines !== 1) {
    problems.push(`${entries.length} entries instead of ${expected}, ${baselines} of them of a baseline`);
  }
  const open = cases.filter(({ kinds }) => kinds.at(-1) !== 'case-closed').length;
  if (chain.open.size !== open) {
    problems.push(`${chain.open.size} open cases instead of ${open}`);
  }
  return problems;
}

/** Whether a case has the entries that it should have, in order, and ends as it should. */
function wrongCase(
  { control, resource, kinds }: CrashScenario['cases'][number],
  entries: readonly RawEntry[],
): string[] {
  const told = entries.filter((entry) => entry.control === control && entry.resource === resource);
  const toldKinds = told.map(({ kind }) => kind);
  const end = told.find(({ kind }) => kind === 'case-closed');
  return [
    ...(isDeepStrictEqual(toldKinds, kinds) ? [] : [`${control}: ${toldKinds.join(', ')}`]),
    ...(end === undefined || end.payload.reason === 'fixed'
      ? []
      : [`${control} is closed as ${JSON.stringify(end.payload.reason)}`]),
  ];
}

/** Leaves out what was intended, withdrawn and decided anew. */
function withoutWithdrawn(entries: readonly RawEntry[]): RawEntry[] {
  const kept: RawEntry[] = [];
  for (const entry of entries) {
    if (entry.kind !== 'change-withdrawn') {
      kept.push(entry);
      continue;
    }
    for (const kind of ['change-intended', 'case-decided']) {
      const last = kept.findLastIndex((other) => other.case === entry.case);
      if (kept[last]?.kind === kind) {
        kept.splice(last, 1);
      }
    }
  }
  return kept;
}

/** Azure itself changes these two with each write to a container. */
export function withoutVersion(body: object | undefined): object {
  const { etag: _, properties, ...others } = { properties: {}, ...body } as Record<string, unknown>;
  const { lastModifiedTime: __, ...kept } = properties as Record<string, unknown>;
  return { ...others, properties: kept };
}
