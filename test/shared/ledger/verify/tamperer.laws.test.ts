import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../../shared/ledger/format/json.ts';
import { makeErasure } from '../../../../shared/ledger/format/erasure.ts';
import type { Verdict } from '../../../../shared/ledger/verify/verdict.ts';
import { verifyLedger } from '../../../../shared/ledger/verify/verify-ledger.ts';
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

/*
 * A tamperer has exports, segments and checkpoints in hand and changes whatever he likes: bytes, lines, members with whatever
 * depends on them put right, names, and which files there are. He lacks the key. The verdict may be "vouched" then only for
 * what is true; and where it is, nothing may be gone that it does not count.
 */

const key = madeKey();

interface Truth {
  readonly chains: Readonly<Record<string, readonly MadeEntry[]>>;
  readonly sealed: MadeCheckpoints;
  /** Every line that an entry may truly have, by chain and sequence. */
  readonly lines: ReadonlySet<string>;
}

interface Evidence {
  readonly files: Readonly<Record<string, string>>;
  readonly checkpoints: MadeCheckpoints['texts'];
}

function erasedChain(seed: number, length: number) {
  const entries = madeChain('tenant', length, numbers(seed));
  const end = { chain: 'tenant', sequence: length, hash: entries.at(-1)!.hash };
  const named = [{ sequence: 2, bodyHash: entries[1]!.header.bodyHash }];
  const payload = makeErasure({ entries: named, reason: 'retention', authority: 'policy' });
  const record = madeEntry(end, { kind: 'body-erased', case: null, payload });
  const whole = [...entries, record];
  const gone = { ...entries[1]!, bodyText: undefined, erased: { record: length + 1 } };
  return { whole, erased: whole.with(1, gone) };
}

const entryLines = (text: string): string[] => text.split('\n').slice(1, -2);

const world: fc.Arbitrary<Truth & { readonly evidence: Evidence }> = fc
  .record({
    seed: fc.nat(),
    length: fc.integer({ min: 4, max: 12 }),
    parts: fc.array(fc.integer({ min: 20, max: 100 }), { minLength: 1, maxLength: 3 }),
    isWhole: fc.boolean(),
  })
  .map(({ seed, length, parts, isWhole }) => {
    const { whole, erased } = erasedChain(seed, length);
    const service = madeChain('service', 5, numbers(seed + 1));
    const chains = { service, tenant: whole };
    const sorted = [...parts.toSorted((one, other) => one - other), ...(isWhole ? [100] : [])];
    const sealed = madeCheckpoints(chains, sorted, key);
    const files = {
      'all.ndjson': madeFile(chains),
      'later.ndjson': madeFile({ service, tenant: erased }),
      ...sealed.segments,
    };
    // A line need not name the record of an erasure.
    const all = Object.values(files).flatMap(entryLines);
    const lines = new Set([
      ...all,
      ...all.map((line) => line.replace(/^\{"erased":\{"record":\d+\}/, '{"erased":{}')),
    ]);
    return { chains, sealed, lines, evidence: { files, checkpoints: sealed.texts } };
  });

/** Some of the files: the exports, the segments, or any of both. */
const begun = fc
  .tuple(world, fc.constantFrom('exports', 'segments', 'all'), fc.nat())
  .map(([made, which, pick]) => {
    const names = Object.keys(made.evidence.files).filter(
      (name) => which === 'all' || name.startsWith('segments/') === (which === 'segments'),
    );
    const left = which === 'exports' ? [names[pick % names.length]!] : names;
    const files = Object.fromEntries(left.map((name) => [name, made.evidence.files[name]!]));
    return { ...made, evidence: { ...made.evidence, files } };
  });

type Pick = () => number;
type Tampering = (evidence: Evidence, pick: Pick) => Evidence;

const pickOf = <T>(items: readonly T[], pick: Pick): T => items[pick() % items.length]!;

/** Changes the text of one file. */
const onFile =
  (change: (text: string, pick: Pick) => string): Tampering =>
  ({ files, checkpoints }, pick) => {
    const name = pickOf(Object.keys(files), pick);
    return { files: { ...files, [name]: change(files[name]!, pick) }, checkpoints };
  };

/** Changes the lines of one file, and puts the counts of the last one right. */
const onLines = (change: (lines: string[], pick: Pick) => string[]): Tampering =>
  onFile((text, pick) => recounted(change(text.split('\n').slice(0, -1), pick)));

function recounted(lines: readonly string[]): string {
  const counted = lines.map((line) => {
    if (!line.includes('"end":true')) {
      return line;
    }
    const end = readEnd(line);
    if (end === undefined) {
      return line;
    }
    const chains = end.chains.map((each) => {
      const mine = lines.filter(
        (other) => other.includes(`"header":{`) && other.includes(`"chain":"${each.chain}"`),
      );
      return {
        ...each,
        entries: mine.length,
        bodies: mine.filter((other) => other.startsWith('{"body":')).length,
      };
    });
    return canonicalJson({ ...end, chains });
  });
  return `${counted.join('\n')}\n`;
}

/** What was tampered with before need not be JSON any more. */
function parsedOr(text: string, otherwise: object): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return otherwise;
  }
}

/** A last line that still is one. */
function readEnd(line: string): { readonly chains: readonly { readonly chain: string }[] } | undefined {
  const end = parsedOr(line, {}) as { chains?: unknown };
  return Array.isArray(end.chains) && end.chains.every((each) => typeof each === 'object' && each !== null)
    ? (end as { chains: { chain: string }[] })
    : undefined;
}

const bodyless = (line: string, instead = ''): string =>
  line.startsWith('{"body":')
    ? `{${instead}"header":{${line.slice(line.lastIndexOf('"header":{') + 10)}`
    : line;

/** A value as it might stand in any place: every claim that a file can make of itself among them. */
const values: readonly unknown[] = [
  'export',
  'segment',
  'tenant',
  'service',
  null,
  true,
  0,
  1,
  2,
  -1,
  '',
  'x',
  [],
  {},
  { control: 'x' },
  { case: 'x' },
  { since: '2030-01-01T00:00:00.000Z' },
  { until: '2020-01-01T00:00:00.000Z' },
  '2026-03-01T00:00:01.000Z',
  'a'.repeat(64),
];

/** Sets, adds or deletes one member, anywhere in a value. */
function withMember(value: unknown, pick: Pick): unknown {
  if (value === null || typeof value !== 'object' || pick() % 4 === 0) {
    return pickOf(values, pick);
  }
  if (Array.isArray(value)) {
    const at = pick() % (value.length + 1);
    return at === value.length ? value.slice(1) : value.with(at, withMember(value[at], pick));
  }
  const names = [...Object.keys(value), 'filter', 'erased', 'further'];
  const name = pickOf(names, pick);
  const { [name]: before, ...rest } = value as Record<string, unknown>;
  return pick() % 5 === 0
    ? rest
    : { ...rest, [name]: before === undefined ? pickOf(values, pick) : withMember(before, pick) };
}

const changedJson = (text: string, pick: Pick): string =>
  canonicalJson(withMember(parsedOr(text, {}), pick) as object);

function renamed(
  { files, checkpoints }: Evidence,
  change: (name: string, pick: Pick) => string,
  pick: Pick,
): Evidence {
  const name = pickOf(Object.keys(files), pick);
  const { [name]: text, ...rest } = files;
  return { files: { ...rest, [change(name, pick)]: text! }, checkpoints };
}

const tamperings: Readonly<Record<string, Tampering>> = {
  'a byte': onFile((text, pick) => {
    const at = pick() % text.length;
    return text.slice(0, at) + String.fromCharCode(32 + (pick() % 95)) + text.slice(at + 1);
  }),
  'a member': onLines((lines, pick) => {
    const at = pick() % lines.length;
    return lines.with(at, changedJson(lines[at]!, pick));
  }),
  'a member of the first line': onLines((lines, pick) => lines.with(0, changedJson(lines[0]!, pick))),
  'what the file says it is': onLines((lines, pick) => {
    const other = lines[0]!.includes('"segment"') ? 'export' : 'segment';
    const manifest = parsedOr(lines[0]!, {});
    const filter = [undefined, { control: 'x' }, { case: 'x' }, { since: '2030-01-01T00:00:00.000Z' }][
      pick() % 4
    ];
    const first = canonicalJson({ ...manifest, leakstop: other, ...(filter && { filter }) });
    return pick() % 2 === 0 ? lines.with(0, first) : [first, ...lines.slice(1).map((line) => bodyless(line))];
  }),
  'bodies under a filter': onLines((lines, pick) => {
    const first = canonicalJson({ ...parsedOr(lines[0]!, {}), filter: { control: 'x' } });
    return [first, ...lines.slice(1).map((line) => (pick() % 2 === 0 ? bodyless(line) : line))];
  }),
  'bodies as if erased': onLines((lines, pick) => {
    const record = pick() % 20;
    const mark = pick() % 2 === 0 ? '"erased":{},' : `"erased":{"record":${record}},`;
    const at = pick() % lines.length;
    return lines.with(at, bodyless(lines[at]!, mark));
  }),
  'lines gone': onLines((lines, pick) => lines.toSpliced(pick() % lines.length, 1 + (pick() % 3))),
  'a line twice': onLines((lines, pick) => lines.toSpliced(pick() % lines.length, 0, pickOf(lines, pick))),
  'another line': onLines((lines, pick) => lines.with(pick() % lines.length, pickOf(lines, pick))),
  'lines of another file': ({ files, checkpoints }, pick) => {
    const [name, other] = [pickOf(Object.keys(files), pick), pickOf(Object.keys(files), pick)];
    const [lines, others] = [files[name]!.split('\n'), files[other]!.split('\n')];
    const text = lines.with(pick() % lines.length, pickOf(others, pick)).join('\n');
    return { files: { ...files, [name]: text }, checkpoints };
  },
  'a name': (evidence, pick) =>
    renamed(
      evidence,
      (name, next) =>
        pickOf([...Object.keys(evidence.files), 'x.ndjson', name.split('/').at(-1)!, `copy/${name}`], next),
      pick,
    ),
  'a file gone': ({ files, checkpoints }, pick) => {
    const gone = pickOf(Object.keys(files), pick);
    return {
      files: Object.fromEntries(Object.entries(files).filter(([name]) => name !== gone)),
      checkpoints,
    };
  },
  'one file in the place of another': ({ files, checkpoints }, pick) => ({
    files: { ...files, [pickOf(Object.keys(files), pick)]: pickOf(Object.values(files), pick) },
    checkpoints,
  }),
  'a member of a checkpoint': ({ files, checkpoints }, pick) => {
    const at = pick() % checkpoints.length;
    const { name, text } = checkpoints[at]!;
    return { files, checkpoints: checkpoints.with(at, { name, text: changedJson(text, pick) }) };
  },
  'checkpoints gone, twice or in another order': ({ files, checkpoints }, pick) => {
    const at = pick() % checkpoints.length;
    const changed = [
      checkpoints.toSpliced(at, 1),
      checkpoints.toSpliced(at, 0, pickOf(checkpoints, pick)),
      checkpoints.toReversed(),
    ];
    return { files, checkpoints: pickOf(changed, pick) };
  },
};

/** Whether there is something left to tamper with. */
const isThere = ({ files, checkpoints }: Evidence): boolean =>
  Object.keys(files).length > 0 && checkpoints.length > 0;

function verify({ files, checkpoints }: Evidence): Promise<Verdict> {
  return verifyLedger({
    files: Object.entries(files).map(([name, text]) => sourceOf(name, text, 4_099)),
    checkpoints: eachOf(checkpoints),
    keys: [key.publicKey],
  });
}

/** The segment that a file has the name of, as the writer left it; undefined for another name. */
function sealedAt({ sealed }: Truth, name: string): string | undefined {
  const found = Object.keys(sealed.segments).find((each) => name === each || name.endsWith(`/${each}`));
  return found === undefined ? undefined : sealed.segments[found];
}

/** What a verdict that vouches says must be so. */
function expectTrue(truth: Truth, { files }: Evidence, verdict: Verdict): void {
  for (const [name, text] of Object.entries(files)) {
    const lines = entryLines(text);
    const bare = new Set([...truth.lines].map((line) => bodyless(line)));
    const invented = lines.filter((line) => !truth.lines.has(line) && !bare.has(line));
    expect(invented, `${name} has lines that nobody wrote`).toEqual([]);
    if (verdict.leftOut === 0) {
      const lacking = lines.filter((line) => !truth.lines.has(line));
      const elsewhere = Object.values(files).join('');
      const gone = lacking.filter((line) => !elsewhere.includes(`,${line.slice(1)}`));
      expect(gone, `${name} lacks bodies that the verdict does not count`).toEqual([]);
    }
    const seal = sealedAt(truth, name);
    if (seal !== undefined) {
      expect(withoutErased(text), `${name} is not what was sealed`).toBe(withoutErased(seal));
      expect(lines.filter((line) => !truth.lines.has(line))).toEqual([]);
    }
  }
  for (const { chain, to, vouched } of verdict.chains.filter(({ entries }) => entries > 0)) {
    expect(to).toBeLessThanOrEqual(truth.chains[chain]!.length);
    const signed = truth.sealed.texts
      .map(
        ({ text }) => JSON.parse(text) as { number: number; chains: { chain: string; sequence: number }[] },
      )
      .find(({ number }) => number === vouched!.checkpoint);
    expect(signed?.chains).toContainEqual(expect.objectContaining({ chain, sequence: vouched!.to }));
  }
}

/** A body that an erasure took, and its count, are no part of what a seal is about. */
function withoutErased(text: string): string {
  return text
    .split('\n')
    .map((line) =>
      line.includes('"sequence":2,"time"') ? bodyless(line.replace(/"erased":\{[^}]*\},/, '')) : line,
    )
    .join('\n')
    .replace(/"bodies":\d+/g, '');
}

test('what nobody touched is vouched for', () =>
  fc.assert(
    fc.asyncProperty(begun, async ({ evidence, ...truth }) => {
      const verdict = await verify(evidence);
      expect(verdict.findings).toEqual([]);
      expect(['vouched', 'unvouched']).toContain(verdict.outcome);
      expectTrue(truth, evidence, {
        ...verdict,
        chains: verdict.outcome === 'vouched' ? verdict.chains : [],
      });
    }),
    { numRuns: 60 },
  ));

test.each(Object.entries(tamperings))('%s: what is vouched for is true', (_, tamper) =>
  fc.assert(
    fc.asyncProperty(
      begun,
      fc.integer({ min: 1, max: 2 }),
      fc.nat(),
      async ({ evidence, ...truth }, times, seed) => {
        const pick = numbers(seed);
        let given = evidence;
        for (let time = 0; time < times; time += 1) {
          given = isThere(given) ? tamper(given, pick) : given;
        }
        const verdict = await verify(given);
        if (verdict.outcome === 'vouched') {
          expectTrue(truth, given, verdict);
        }
      },
    ),
    { numRuns: 200 },
  ),
);

test('tampering with several things at once: what is vouched for is true', () =>
  fc.assert(
    fc.asyncProperty(
      begun,
      fc.array(fc.constantFrom(...Object.values(tamperings)), { minLength: 2, maxLength: 4 }),
      fc.nat(),
      async ({ evidence, ...truth }, some, seed) => {
        const pick = numbers(seed);
        const given = some.reduce(
          (before, tamper) => (isThere(before) ? tamper(before, pick) : before),
          evidence,
        );
        const verdict = await verify(given);
        if (verdict.outcome === 'vouched') {
          expectTrue(truth, given, verdict);
        }
      },
    ),
    { numRuns: 400 },
  ));
