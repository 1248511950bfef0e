import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeEntry } from '../../../../shared/ledger/format/entry.ts';
import { makeErasure } from '../../../../shared/ledger/format/erasure.ts';
import type { LedgerVerdict } from '../../../../shared/ledger/verify/verdict/verdict.ts';
import { verifyLedger } from '../../../../shared/ledger/verify/verdict/verify-ledger.ts';
import {
  eachOf,
  madeChain,
  madeCheckpoints,
  type MadeCheckpoints,
  madeEntry,
  type MadeEntry,
  madeFile,
  madeKey,
  numbers,
  sourceOf,
} from '../../../support/made-ledger.ts';
import { runs } from '../../../support/effort.ts';

/*
 * Several files that overlap: exports of all and of parts, with and without bodies, before and after an erasure, and the
 * sealed segments. One of them is damaged. Which one it is must show, whatever lies beside it and in whatever order.
 */

const key = madeKey();
const often = { numRuns: runs(20) };

interface World {
  readonly entries: readonly MadeEntry[];
  readonly sealed: MadeCheckpoints;
  /** Last entry that a checkpoint knows. */
  readonly vouched: number;
  /** Genuine files, by name; `full` has everything. */
  readonly files: Readonly<Record<string, string>>;
}

/** A chain in which some bodies were erased, with the record, and entries behind it. */
function chainWithErasure(length: number, doomed: readonly number[], seed: number) {
  const entries = madeChain('tenant', length, numbers(seed));
  const add = (options: Parameters<typeof madeEntry>[1]): void => {
    const last = entries.at(-1)!;
    const end = { chain: 'tenant', sequence: last.header.sequence, hash: last.hash };
    entries.push(madeEntry(end, options));
  };
  const named = doomed.map((at) => ({ sequence: at + 1, bodyHash: entries[at]!.header.bodyHash }));
  add({
    kind: 'body-erased',
    case: null,
    payload: makeErasure({ entries: named, reason: 'retention', authority: 'policy' }),
  });
  const record = entries.length;
  add({ kind: 'baseline-started', case: null });
  add({ kind: 'baseline-completed', case: null });
  const erase = (entry: MadeEntry): MadeEntry =>
    doomed.includes(entry.header.sequence - 1)
      ? { ...entry, bodyText: undefined, erased: { record } }
      : entry;
  return { entries, erase };
}

const world: fc.Arbitrary<World> = fc
  .record({
    seed: fc.nat(),
    length: fc.integer({ min: 6, max: 16 }),
    doomed: fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 3 }),
    parts: fc.array(fc.integer({ min: 20, max: 100 }), { minLength: 1, maxLength: 3 }),
    from: fc.nat(),
    to: fc.nat(),
  })
  .map(({ seed, length, doomed, parts, from, to }) => {
    const { entries, erase } = chainWithErasure(length, doomed, seed);
    const all = entries.length;
    // The last checkpoint knows the record: what erases by one that it does not know is doubtful, and another law.
    const sorted = [...parts.toSorted((one, other) => one - other), 100];
    const sealed = madeCheckpoints({ tenant: entries }, sorted, key);
    const [first, last] = [from % all, to % all].toSorted((one, other) => one - other) as [number, number];
    const name = entries[0]!.header.case!;
    const filtered = entries.map((entry) =>
      entry.header.case === name || entry.header.kind === 'body-erased'
        ? erase(entry)
        : { ...entry, bodyText: undefined },
    );
    const gone = Object.keys(sealed.segments)[0]!;
    const count = Number(/-(\d+)\.ndjson$/.exec(gone)![1]);
    return {
      entries,
      sealed,
      vouched: all,
      files: {
        'm-full': madeFile({ tenant: entries }),
        'c-part': madeFile({ tenant: entries.slice(first, last + 1) }),
        'x-erased': madeFile({ tenant: entries.map(erase) }),
        'a-filtered': madeFile({ tenant: filtered }, { filter: { case: name } }),
        ...sealed.segments,
        [gone]: madeFile({ tenant: entries.slice(0, count).map(erase) }, { leakstop: 'segment' }),
      },
    };
  });

/** Some of the files, the whole export among them. */
const chosen = world.chain((made) =>
  fc.record({
    made: fc.constant(made),
    names: fc
      .shuffledSubarray(Object.keys(made.files), { minLength: 1 })
      .map((names) => (names.includes('m-full') ? names : [...names, 'm-full'])),
  }),
);

function verify(files: readonly (readonly [string, string])[], { sealed }: World): Promise<LedgerVerdict> {
  return verifyLedger({
    files: files.map(([name, text]) => sourceOf(name, text, 4_099)),
    checkpoints: eachOf(sealed.texts),
    keys: [key.publicKey],
  });
}

/** The verdict in two orders, which must be one. */
async function verdictOf(files: readonly (readonly [string, string])[], made: World): Promise<LedgerVerdict> {
  const verdict = await verify(files, made);
  expect(await verify(files.toReversed(), made)).toEqual(verdict);
  return verdict;
}

test('what nobody touched is vouched for, in any order', () =>
  fc.assert(
    fc.asyncProperty(chosen, async ({ made, names }) => {
      const verdict = await verdictOf(
        names.map((name) => [name, made.files[name]!] as const),
        made,
      );
      expect(verdict.findings).toEqual([]);
      expect(verdict.outcome).toBe('vouched');
      expect(verdict.chains).toMatchObject([
        { from: 1, to: made.entries.length, bodies: made.entries.length, leftOut: 0, doubtful: 0 },
      ]);
    }),
    often,
  ));

/** Changes one file; undefined where there is nothing to change. `line` is the line of an entry, from 1. */
type Damage = (lines: readonly string[], line: number, pick: number) => readonly string[] | undefined;

const bodyOf = /^\{"body":.*,"header":\{/;
const withoutBody = (line: string, instead: string): string | undefined =>
  bodyOf.test(line) ? `{${instead}"header":{${line.slice(line.lastIndexOf('"header":{') + 10)}` : undefined;
const stripped =
  (instead: string): Damage =>
  (lines, line) => {
    const text = withoutBody(lines[line]!, instead);
    return text === undefined ? undefined : recounted(lines.with(line, text));
  };

/** With a last line that counts what is there, as whoever takes bodies out would write it. */
function recounted(lines: readonly string[]): readonly string[] {
  const bodies = lines.filter((line) => bodyOf.test(line)).length;
  return lines.map((line) =>
    line.includes('"end":true') ? line.replace(/"bodies":\d+/, `"bodies":${bodies}`) : line,
  );
}

const damages: Record<string, Damage> = {
  'a character': (lines, line, pick) => {
    const text = lines[line]!;
    const at = pick % text.length;
    const other = String.fromCharCode(32 + (pick % 95));
    return other === text[at] ? undefined : lines.with(line, text.slice(0, at) + other + text.slice(at + 1));
  },
  'a line gone': (lines, line) => lines.toSpliced(line, 1),
  'a line twice': (lines, line) => lines.toSpliced(line, 0, lines[line]!),
  'two lines swapped': (lines, line) =>
    line + 2 < lines.length - 1 ? lines.with(line, lines[line + 1]!).with(line + 1, lines[line]!) : undefined,
  'a cut': (lines, line) => lines.slice(0, line + 1),
  'a body gone': stripped(''),
  'a body gone, as if erased': stripped('"erased":{},'),
  'a body gone, by a record that is none': stripped('"erased":{"record":999},'),
  'a body gone, by another entry': stripped('"erased":{"record":2},'),
};

test.each(Object.entries(damages))('%s in any of the files shows, and in that file only', (_, damage) =>
  fc.assert(
    fc.asyncProperty(chosen, fc.nat(), fc.nat(), fc.nat(), async ({ made, names }, which, where, pick) => {
      const name = names[which % names.length]!;
      const lines = made.files[name]!.split('\n');
      // Neither the first line, nor the last one and what is behind its line feed.
      const line = 1 + (where % (lines.length - 3));
      const damaged = damage(lines, line, pick);
      fc.pre(damaged !== undefined && !isErased(made, damaged, lines, line));
      const files = names.map(
        (each) => [each, each === name ? damaged.join('\n') : made.files[each]!] as const,
      );
      const { outcome, findings } = await verdictOf(files, made);
      expect(outcome).toBe('faulty');
      expect(findings.map(({ file }) => file)).toEqual([name]);
    }),
    often,
  ),
);

/** A body that the record does explain may be gone, with no number or the right one. */
function isErased(
  { entries }: World,
  damaged: readonly string[],
  lines: readonly string[],
  line: number,
): boolean {
  const sequence = Number(/"sequence":(\d+),"time"/.exec(lines[line]!)?.[1]);
  const record = entries.find(({ header }) => header.kind === 'body-erased')!;
  const { payload } = JSON.parse(record.bodyText!) as { payload: { entries: { sequence: number }[] } };
  return (
    damaged[line]!.startsWith('{"erased":{},') && payload.entries.some((each) => each.sequence === sequence)
  );
}

test('a history made anew in any of the files shows, and the genuine ones are not accused', () =>
  fc.assert(
    fc.asyncProperty(chosen, fc.nat(), fc.nat(), fc.nat(), async ({ made, names }, from, to, where) => {
      const all = made.entries.length;
      const [first, last] = [from % all, to % all].toSorted((one, other) => one - other) as [number, number];
      const at = first + (where % (last - first + 1));
      const forged: MadeEntry[] = made.entries.slice(first, at);
      let previous = made.entries[at]!.header.previous;
      for (const { header, bodyText } of made.entries.slice(at, last + 1)) {
        const time = header.sequence === at + 1 ? '2026-02-01T00:00:00.000Z' : header.time;
        const end = { chain: 'tenant', sequence: header.sequence - 1, hash: previous };
        const entry = makeEntry(end, { ...header, time });
        forged.push({ ...entry, bodyText });
        previous = entry.hash;
      }
      for (const name of ['0-forged', 'z-forged']) {
        const files = [
          ...names.map((each) => [each, made.files[each]!] as const),
          [name, madeFile({ tenant: forged })] as const,
        ];
        const { outcome, findings, chains } = await verdictOf(files, made);
        expect(outcome).toBe('faulty');
        expect(findings.map((each) => [each.kind, each.file])).toEqual([['forked', name]]);
        // Nothing that is said of the chain is said of the forged entries.
        expect(chains).toMatchObject([{ entries: all, vouched: { to: made.vouched } }]);
      }
    }),
    often,
  ));

test('a body that is gone by a record for which nothing vouches is not vouched for', () =>
  fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 0, max: 9 }), async (seed, at) => {
      const { entries, erase } = chainWithErasure(10, [at], seed);
      // The checkpoint knows everything but the record and what follows it.
      const sealed = madeCheckpoints({ tenant: entries.slice(0, 10) }, [100], key);
      const verdict = await verify([['a', madeFile({ tenant: entries.map(erase) })]], {
        entries,
        sealed,
        vouched: 10,
        files: {},
      });
      expect(verdict).toMatchObject({ outcome: 'unvouched', findings: [], chains: [{ doubtful: 1 }] });
    }),
    { numRuns: runs(8) },
  ));
