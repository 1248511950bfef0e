import * as fc from 'fast-check';
import { canonicalJson } from '../../shared/ledger/format/json.ts';
import { makeErasure } from '../../shared/ledger/format/erasure.ts';
import {
  madeChain,
  madeCheckpoints,
  type MadeCheckpoints,
  madeEntry,
  type MadeEntry,
  madeFile,
  madeKey,
  numbers,
} from './made-ledger.ts';

/* Ledgers, and what somebody may do to them who has all files in hand and lacks the key. */

export const key = madeKey();

export interface Truth {
  readonly chains: Readonly<Record<string, readonly MadeEntry[]>>;
  readonly sealed: MadeCheckpoints;
  /** Every line that an entry may truly have, by chain and sequence. */
  readonly lines: ReadonlySet<string>;
}

export interface Evidence {
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

export const entryLines = (text: string): string[] => text.split('\n').slice(1, -2);

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
export const begun = fc
  .tuple(world, fc.constantFrom('exports', 'segments', 'all'), fc.nat())
  .map(([made, which, pick]) => {
    const names = Object.keys(made.evidence.files).filter(
      (name) => which === 'all' || name.startsWith('segments/') === (which === 'segments'),
    );
    const left = which === 'exports' ? [names[pick % names.length]!] : names;
    const files = Object.fromEntries(left.map((name) => [name, made.evidence.files[name]!]));
    return { ...made, evidence: { ...made.evidence, files } };
  });

export type Pick = () => number;
export type Tampering = (evidence: Evidence, pick: Pick) => Evidence;

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

export const bodyless = (line: string, instead = ''): string =>
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

export const tamperings: Readonly<Record<string, Tampering>> = {
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
export const isThere = ({ files, checkpoints }: Evidence): boolean =>
  Object.keys(files).length > 0 && checkpoints.length > 0;
