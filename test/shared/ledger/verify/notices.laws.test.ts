import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { positionOf } from '../../../../shared/ledger/format/links.ts';
import type { LedgerVerdict } from '../../../../shared/ledger/verify/verdict/verdict.ts';
import { verifyLedger } from '../../../../shared/ledger/verify/verdict/verify-ledger.ts';
import {
  eachOf,
  madeChain,
  madeCheckpoints,
  madeEntry,
  madeFile,
  madeKey,
  numbers,
  sourceOf,
} from '../../../support/made-ledger.ts';
import { runs } from '../../../support/effort.ts';

/*
 * Whoever reads a verdict acts on every sentence of it. What it says of entries that are not there is held against the files
 * themselves, read here line by line and nothing else.
 */

const key = madeKey();
const names = ['aaaaaaaa-0000-0000-0000-000000000001', 'service', 'tenant'];
const chains = Object.fromEntries(names.map((name, index) => [name, madeChain(name, 8, numbers(index + 1))]));
const { texts, segments } = madeCheckpoints(chains, [50, 100], key);
const part = (from: number, to: number): string =>
  madeFile(Object.fromEntries(names.map((name) => [name, chains[name]!.slice(from, to)])));

type Files = Readonly<Record<string, string>>;
const givens: readonly Files[] = [
  { 'all.ndjson': part(0, 8) },
  { 'one.ndjson': part(0, 4), 'two.ndjson': part(3, 8) },
  { 'one.ndjson': part(0, 3), 'three.ndjson': part(5, 8) },
  { 'only.ndjson': madeFile({ service: chains.service! }), 'half.ndjson': part(0, 4) },
  segments,
];

/** What a line was made of it; undefined takes it out. */
const damages: readonly ((line: string, pick: number) => string | undefined)[] = [
  () => undefined,
  (line, pick) => line.slice(0, pick % line.length),
  (line, pick) => line.replace(/\d/, String(pick % 10)),
  (line) => `${line}x`,
  (line) => line.replace('"chain":"service"', '"chain":"tenant"'),
];

const damaged = fc.record({
  given: fc.constantFrom(...givens),
  damage: fc.constantFrom(...damages),
  which: fc.nat(),
  where: fc.nat(),
  pick: fc.nat(),
  isPartial: fc.boolean(),
  isTwice: fc.boolean(),
  asked: fc.subarray(names),
});

function damage({
  given,
  damage: change,
  which,
  where,
  pick,
  isTwice,
}: Parameters<Parameters<typeof damaged.map>[0]>[0]): Files {
  const at = Object.keys(given);
  const hit = [at[which % at.length]!, ...(isTwice ? [at[(which + 1) % at.length]!] : [])];
  return Object.fromEntries(
    at.map((name) => {
      const lines = given[name]!.split('\n');
      const line = where % (lines.length - 1);
      const changed = change(lines[line]!, pick);
      const text = changed === undefined ? lines.toSpliced(line, 1) : lines.with(line, changed);
      return [name, hit.includes(name) ? text.join('\n') : given[name]!];
    }),
  );
}

/** Sequences of a chain that a file has, and what they are called there. */
function sequencesIn(text: string, chain: string): number[] {
  const header = new RegExp(`"header":\\{[^{}]*"chain":"${chain}"[^{}]*"sequence":(\\d+)`, 'g');
  return [...text.matchAll(header)].map(([, sequence]) => Number(sequence));
}

/** The files of which a sentence is: all, or those that the verdict takes for whole. */
function spokenOf(sentence: string, files: Files, verdict: LedgerVerdict): string[] {
  const used = verdict.files.map(({ file }) => file);
  return Object.keys(files).filter((name) => !sentence.includes('could be used') || used.includes(name));
}

function expectSo(sentence: string, chain: string, files: Files, verdict: LedgerVerdict): void {
  const there = spokenOf(sentence, files, verdict).map((name) => sequencesIn(files[name]!, chain));
  if (/no file (?:that could be used )?has any entry of it/.test(sentence)) {
    expect(there.flat(), sentence).toEqual([]);
  }
  const gap = /entries (\d+) to (\d+) are in no file/.exec(sentence);
  if (gap) {
    const [from, to] = [Number(gap[1]), Number(gap[2])];
    expect(
      there.flat().filter((each) => each >= from && each <= to),
      sentence,
    ).toEqual([]);
  }
  const end = /it ends with entry (\d+)/.exec(sentence);
  if (end) {
    expect(Math.max(0, ...there.flat()), sentence).toBe(Number(end[1]));
  }
}

test('no sentence of a verdict contradicts the files', () =>
  fc.assert(
    fc.asyncProperty(damaged, async (made) => {
      const files = damage(made);
      const verdict = await verifyLedger({
        files: Object.entries(files).map(([name, text]) => sourceOf(name, text)),
        checkpoints: eachOf(texts),
        keys: [key.publicKey],
        isPartial: made.isPartial,
        ...(made.asked.length > 0 && { chains: made.asked }),
      });
      for (const { chain, reason } of verdict.findings) {
        expectSo(reason, chain ?? '', files, verdict);
      }
      for (const notice of verdict.notices) {
        const about = names.filter((name) => notice.includes(`chain "${name}"`));
        about.forEach((name) => expectSo(notice, name, files, verdict));
      }
    }),
    { numRuns: runs(200) },
  ));

test('of a faulty file nothing is missed that it may hold, and one note says so', async () => {
  const text = part(0, 8);
  const lines = text.split('\n');
  const altered = lines.with(3, lines[3]!.replace('"desired":true', '"desired":false')).join('\n');
  const { findings, notices } = await verifyLedger({
    files: [sourceOf('a.ndjson', altered)],
    checkpoints: eachOf(texts),
    keys: [key.publicKey],
  });
  expect(findings).toMatchObject([{ kind: 'altered', file: 'a.ndjson', line: 4 }]);
  expect(notices).toEqual([
    `whether entries are missing is not known of chains ${names.map((name) => `"${name}"`).join(', ')}: what is not elsewhere may be in "a.ndjson", where something is wrong`,
  ]);
});

test('an entry that says what its kind does not allow is a notice, once for all files, and no finding', async () => {
  const entries = madeChain('tenant', 4, numbers(1));
  const stray = madeEntry(positionOf(entries.at(-1)!.header), {
    kind: 'work-failed',
    case: null,
    payload: { message: 'a member of another name' },
  });
  const last = madeEntry(positionOf(stray.header), { kind: 'work-failed', case: null });
  const whole = madeFile({ tenant: [...entries, stray, last] });
  const verdict = await verifyLedger({ files: [sourceOf('one', whole), sourceOf('two', whole)] });
  expect(verdict.findings).toEqual([]);
  expect(verdict.outcome).toBe('unvouched');
  expect(verdict.notices).toEqual([
    'chain "tenant" has entries that say what their kind does not allow: 1 (the first is entry 5)',
  ]);
});
