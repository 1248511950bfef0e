import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { makeErasure } from '../../../../../shared/ledger/format/erasure.ts';
import { verifyLedger } from '../../../../../shared/ledger/verify/verdict/verify-ledger.ts';
import type { LedgerVerdict } from '../../../../../shared/ledger/verify/verdict/verdict.ts';
import {
  eachOf,
  type MadeChains,
  madeChain,
  madeCheckpoints,
  madeEntry,
  type MadeEntry,
  madeFile,
  madeKey,
  numbers,
  sourceOf,
} from '../../../../support/made-ledger.ts';

/* Matchers that are not `any`. */
const containing = (part: object): object => expect.objectContaining(part) as object;
const textWith = (part: string): object => expect.stringContaining(part) as object;

const key = madeKey();
const entries = madeChain('tenant', 40, numbers(1));
const other = madeChain('service', 10, numbers(2));
const chains: MadeChains = { tenant: entries, service: other };
const whole = madeFile(chains);
const sealed = madeCheckpoints(chains, [30, 60, 60, 80], key);
const lines = madeFile({ tenant: entries }).split('\n').slice(0, -1);

type Files = Readonly<Record<string, string | Uint8Array>>;
interface Options {
  readonly checkpoints?: readonly { name: string; text: string }[];
  readonly keys?: Parameters<typeof verifyLedger>[0]['keys'];
  readonly isPartial?: boolean;
  readonly chains?: string[];
}

function verify(files: string | Files, options: Options = {}): Promise<LedgerVerdict> {
  const given = typeof files === 'string' ? { 'a.ndjson': files } : files;
  return verifyLedger({
    ...options,
    files: Object.entries(given).map(([name, text]) => sourceOf(name, text, 997)),
    checkpoints: eachOf(options.checkpoints ?? []),
    keys: options.keys ?? [key.publicKey],
  });
}

const withLines = (change: (lines: string[]) => string[]): string => `${change([...lines]).join('\n')}\n`;
/** Line 1 is the manifest, so entry N stands on line N + 1, at index N. */
const [manifest] = lines;
const end = lines.at(-1)!;

describe('what is whole', () => {
  test('is vouched for up to the last checkpoint, and says so', async () => {
    const {
      outcome,
      findings,
      chains: found,
      checkpoints,
    } = await verify(whole, { checkpoints: sealed.texts });
    expect(findings).toEqual([]);
    expect(outcome).toBe('vouched');
    expect(checkpoints).toEqual({
      count: 4,
      last: { number: 4, time: '2026-03-01T03:00:00.000Z' },
      isVerified: true,
    });
    expect(found).toEqual([
      containing({
        chain: 'service',
        from: 1,
        to: 10,
        vouched: containing({ to: 8, checkpoint: 4 }),
      }),
      containing({
        chain: 'tenant',
        from: 1,
        to: 40,
        entries: 40,
        bodies: 40,
        vouched: containing({ to: 32 }),
      }),
    ]);
  });

  test('is not vouched for without checkpoints, nor without a key', async () => {
    for (const options of [{}, { checkpoints: sealed.texts, keys: [] }]) {
      const { outcome, findings, chains: found } = await verify(whole, options);
      expect(findings).toEqual([]);
      expect(outcome).toBe('unvouched');
      expect(found.every(({ vouched }) => vouched === null)).toBe(true);
    }
  });

  test('as segments alone, in any order, or with an export', async () => {
    const reversed = Object.fromEntries(Object.entries(sealed.segments).reverse());
    expect(await verify(reversed, { checkpoints: sealed.texts })).toMatchObject({
      outcome: 'vouched',
      chains: [
        { to: 8, entries: 8 },
        { to: 32, entries: 32 },
      ],
    });
    expect(await verify({ ...reversed, 'a.ndjson': whole }, { checkpoints: sealed.texts })).toMatchObject({
      outcome: 'vouched',
      findings: [],
      chains: [
        { to: 10, entries: 10 },
        { to: 40, entries: 40 },
      ],
    });
  });

  test('a filtered export carries the other headers', async () => {
    const filter = { case: entries[0]!.header.case! };
    const some = entries.map((each) =>
      each.header.case === filter.case ? each : { ...each, bodyText: undefined },
    );
    const file = madeFile({ tenant: some }, { filter });
    expect(await verify(file, { checkpoints: sealed.texts, chains: ['tenant'] })).toMatchObject({
      outcome: 'vouched',
      chains: [{ entries: 40, leftOut: some.filter(({ bodyText }) => bodyText === undefined).length }],
    });
    const less = some.map((each, index) => (index === 0 ? { ...each, bodyText: undefined } : each));
    expect(await verify(madeFile({ tenant: less }, { filter }))).toMatchObject({
      findings: [{ kind: 'body-missing', line: 2, sequence: 1 }],
    });
  });
});

describe('what was done to a file', () => {
  const swap = (all: string[], one: number, two: number): string[] =>
    all.map((line, index) => (index === one ? all[two]! : index === two ? all[one]! : line));
  const field = (name: string, from: string | number, to: string | number) => (line: string) =>
    line.replace(`"${name}":${JSON.stringify(from)}`, `"${name}":${JSON.stringify(to)}`);
  const on =
    (index: number, change: (line: string) => string) =>
    (all: string[]): string[] =>
      all.map((line, at) => (at === index ? change(line) : line));
  const { time, previous } = entries[6]!.header;

  test.each<[string, string, object]>([
    [
      'a body',
      withLines(on(7, (line) => line.replace('"actual":false', '"actual":null'))),
      { kind: 'altered', line: 8, sequence: 7 },
    ],
    [
      'a time',
      withLines(on(7, field('time', time, '2026-03-01T00:00:00.000Z'))),
      { kind: 'altered', line: 8, sequence: 7 },
    ],
    [
      'a link',
      withLines(on(7, field('previous', previous, 'a'.repeat(64)))),
      { kind: 'altered', line: 8, sequence: 7 },
    ],
    [
      'a sequence',
      withLines(on(7, (line) => line.replace('"sequence":7,"time"', '"sequence":9,"time"'))),
      { kind: 'altered', line: 8, sequence: 7 },
    ],
    [
      'a chain',
      withLines(on(7, field('chain', 'tenant', 'service'))),
      { kind: 'altered', line: 8, sequence: 7 },
    ],
    [
      'the last entry',
      withLines(on(40, field('time', entries[39]!.header.time, time))),
      { kind: 'altered', sequence: 40 },
    ],
    ['an entry gone', withLines((all) => all.toSpliced(7, 1)), { kind: 'removed', line: 8, sequence: 7 }],
    ['the first gone', withLines((all) => all.toSpliced(1, 1)), { kind: 'removed', line: 2, sequence: 1 }],
    [
      'three gone',
      withLines((all) => all.toSpliced(7, 3)),
      { kind: 'removed', line: 8, sequence: 7, reason: 'entries 7 to 9 are missing before this line' },
    ],
    [
      'the last gone',
      withLines((all) => all.toSpliced(40, 1)),
      { kind: 'truncated', line: 41, sequence: 40 },
    ],
    [
      'an entry twice',
      withLines((all) => all.toSpliced(7, 0, all[7]!)),
      { kind: 'inserted', line: 9, sequence: 7 },
    ],
    [
      'an entry again later',
      withLines((all) => all.toSpliced(20, 0, all[7]!)),
      { kind: 'inserted', line: 21, sequence: 7 },
    ],
    ['two swapped', withLines((all) => swap(all, 7, 8)), { kind: 'reordered', line: 8, sequence: 8 }],
    [
      'two far ones swapped',
      withLines((all) => swap(all, 7, 30)),
      { kind: 'reordered', line: 8, sequence: 30 },
    ],
    [
      'one moved',
      withLines((all) => all.toSpliced(30, 1).toSpliced(7, 0, all[30]!)),
      { kind: 'reordered', line: 8, sequence: 30 },
    ],
    ['no last line', withLines((all) => all.slice(0, -1)), { kind: 'interrupted', line: 41, sequence: 40 }],
    ['half a line', lines.slice(0, 9).join('\n').slice(0, -5), { kind: 'interrupted', line: 9, sequence: 7 }],
    ['no last line feed', whole.slice(0, -1), { kind: 'interrupted' }],
    ['only the first line', `${manifest!}\n`, { kind: 'interrupted', line: 1 }],
    ['half the first line', manifest!.slice(0, 30), { kind: 'interrupted', line: 1 }],
    ['empty', '', { kind: 'malformed', line: 1, reason: 'the file is empty' }],
    ['another text', 'time,kind\n', { kind: 'malformed', line: 1 }],
    ['no manifest', withLines((all) => all.slice(1)), { kind: 'malformed', line: 1 }],
    ['two files in one', whole + whole, { kind: 'malformed', line: 53 }],
    ['a second manifest', withLines((all) => all.toSpliced(7, 0, manifest!)), { kind: 'malformed', line: 8 }],
    ['a line that is none', withLines((all) => all.toSpliced(7, 0, '{}')), { kind: 'malformed', line: 8 }],
    [
      'CRLF',
      whole.replaceAll('\n', '\r\n'),
      { kind: 'malformed', line: 1, reason: textWith('ends with CRLF') },
    ],
    ['NUL bytes', '\0'.repeat(99), { kind: 'malformed', line: 1, reason: textWith('NUL bytes') }],
    ['NUL bytes at the end', whole + '\0'.repeat(99), { kind: 'malformed', line: 53 }],
    ['garbage', 'QWERTY', { kind: 'malformed', line: 1, reason: textWith('no export and no segment') }],
    ['a byte order mark', `\uFEFF${whole}`, { kind: 'malformed', reason: textWith('byte order mark') }],
    [
      'an entry of another chain',
      withLines((all) => all.toSpliced(7, 0, madeFile({ service: other }).split('\n')[1]!)),
      { kind: 'malformed', line: 8 },
    ],
    [
      'a body left out',
      withLines(on(7, (line) => `{"header":${entries[6]!.text}}${line.slice(0, 0)}`)),
      { kind: 'body-missing', line: 8, sequence: 7 },
    ],
    [
      'an entry behind the last one',
      withLines((all) => all.with(41, madeFile({ tenant: entries.slice(0, 39) }).split('\n')[40]!)),
      { kind: 'inserted', sequence: 40 },
    ],
    [
      'another count',
      withLines(on(41, (line) => line.replace('"bodies":40', '"bodies":39'))),
      { kind: 'altered', line: 42 },
    ],
    [
      'another beginning',
      withLines(on(0, field('previous', entries[0]!.header.previous, 'a'.repeat(64)))),
      { kind: 'altered', line: 1 },
    ],
  ])('%s', async (_, text, expected) => {
    const { outcome, findings } = await verify({ 'x.ndjson': text });
    expect(outcome).toBe('faulty');
    expect(findings).toEqual([containing({ file: 'x.ndjson', ...expected })]);
  });

  test('gzip, and bytes that are no text', async () => {
    expect((await verify({ x: gzipSync(whole) })).findings).toMatchObject([
      { kind: 'malformed', line: 1, reason: textWith('gzip') },
    ]);
    const bytes = Buffer.from(whole);
    bytes[whole.indexOf('\n') + 20] = 0xff;
    expect((await verify({ x: bytes })).findings).toMatchObject([{ kind: 'malformed', line: 2 }]);
    expect(end).toContain('"end":true');
  });
});

describe('cases', () => {
  const chainOf = (...moves: [string, string | null][]): MadeEntry[] => {
    const made: MadeEntry[] = [];
    for (const [kind, name] of moves) {
      const last = made.at(-1);
      const position = last ? { chain: 'tenant', sequence: made.length, hash: last.hash } : undefined;
      made.push(
        madeEntry(position ?? { chain: 'tenant', sequence: 0, hash: entries[0]!.header.previous }, {
          kind,
          case: name,
        }),
      );
    }
    return made;
  };
  test.each<[string, [string, string | null][], number]>([
    [
      'opened twice',
      [
        ['case-opened', 'a'],
        ['case-opened', 'a'],
      ],
      2,
    ],
    [
      'opened again after it was closed',
      [
        ['case-opened', 'a'],
        ['case-closed', 'a'],
        ['case-opened', 'a'],
      ],
      3,
    ],
    [
      'changed without an intent',
      [
        ['case-opened', 'a'],
        ['change-applied', 'a'],
      ],
      2,
    ],
    ['never opened', [['case-held', 'a']], 1],
    ['without a name', [['case-opened', null]], 1],
    ['of a kind nobody knows', [['case-forgotten', 'a']], 1],
    ['named by an entry of the chain', [['baseline-started', 'a']], 1],
  ])('%s', async (_, moves, sequence) => {
    const { findings } = await verify(madeFile({ tenant: chainOf(...moves) }));
    expect(findings).toMatchObject([{ kind: 'illegal-move', sequence, line: sequence + 1 }]);
  });

  test('are followed from the middle of a chain as far as that goes', async () => {
    const made = chainOf(
      ['case-opened', 'a'],
      ['change-intended', 'a'],
      ['change-applied', 'a'],
      ['case-closed', 'a'],
      ['case-held', 'a'],
    );
    expect((await verify(madeFile({ tenant: made.slice(2, 4) }), { isPartial: true })).findings).toEqual([]);
    expect((await verify(madeFile({ tenant: made.slice(2) }), { isPartial: true })).findings).toMatchObject([
      { kind: 'illegal-move', sequence: 5, line: 4 },
    ]);
  });
});

describe('several files', () => {
  const part = (from: number, to: number, all = entries): string =>
    madeFile({ tenant: all.slice(from - 1, to) });
  const forged = [...entries.slice(0, 19), ...madeFork(entries.slice(18, 19)[0]!, 21)];

  function madeFork(last: MadeEntry, count: number): MadeEntry[] {
    const made: MadeEntry[] = [];
    let position = { chain: 'tenant', sequence: last.header.sequence, hash: last.hash };
    for (let index = 0; index < count; index += 1) {
      const entry = madeEntry(position, { kind: 'baseline-started', case: null });
      made.push(entry);
      position = { ...position, sequence: entry.header.sequence, hash: entry.hash };
    }
    return made;
  }

  test('that overlap and agree are one', async () => {
    expect(await verify({ a: part(1, 20), b: part(10, 40), c: part(12, 15) })).toMatchObject({
      findings: [],
      chains: [{ from: 1, to: 40, entries: 40 }],
    });
  });

  test.each<[string, Files]>([
    ['one after the other', { a: part(1, 20), b: part(21, 40, forged) }],
    ['overlapping', { a: part(1, 30), b: part(10, 40, forged) }],
    ['one inside the other', { a: part(1, 40), b: part(10, 25, forged) }],
    ['of the same entries', { a: part(1, 40), b: part(1, 40, forged) }],
  ])('that are two histories, %s', async (_, files) => {
    const { findings } = await verify(files);
    expect(findings[0]).toMatchObject({ kind: 'forked', chain: 'tenant' });
  });

  test('that nothing decides between: none is accused, and both are named', async () => {
    const { findings, chains: found } = await verify({ a: part(1, 40), b: part(1, 40, forged) });
    expect(findings).toEqual([
      containing({
        kind: 'forked',
        file: undefined,
        sequence: 40,
        reason: textWith('"a" (line 41) and "b"'),
      }),
    ]);
    expect(found).toEqual([]);
  });

  test('of which a signed one decides through those that go on from it', async () => {
    // Neither of the first two reaches a checkpoint; the third goes on from one of them, and reaches one.
    const checkpoints = sealed.texts.slice(1);
    for (const name of ['0', 'z']) {
      const files = { [name]: part(1, 22, forged), b: part(1, 22), c: part(23, 40) };
      const { findings } = await verify(files, { checkpoints, isPartial: true, chains: ['tenant'] });
      expect(findings).toMatchObject([{ kind: 'forked', file: name, sequence: 22 }]);
    }
  });

  test('in pieces: one that nothing vouches for is not vouched for by the others', async () => {
    const loose = madeFile({ tenant: madeChain('tenant', 5, numbers(9)) });
    const options = { checkpoints: sealed.texts, isPartial: true };
    expect(await verify({ a: loose, b: part(21, 40) }, options)).toMatchObject({
      outcome: 'unvouched',
      chains: [
        { from: 1, to: 5, vouched: null },
        { from: 21, to: 40, vouched: { to: 32 } },
      ],
    });
  });

  test('with a gap between, or one that begins late', async () => {
    expect((await verify({ a: part(1, 10), b: part(21, 40) })).findings).toMatchObject([
      { kind: 'not-given', file: 'b', sequence: 21, reason: textWith('entries 11 to 20') },
    ]);
    expect((await verify({ b: part(21, 40) })).findings).toMatchObject([{ kind: 'not-given' }]);
    expect(await verify({ b: part(21, 40) }, { isPartial: true, checkpoints: sealed.texts })).toMatchObject({
      outcome: 'vouched',
      findings: [],
      chains: [{ from: 21, to: 40, vouched: { to: 32 } }],
    });
  });
});

test('a part that goes on from an entry that no checkpoint knows', async () => {
  const anew = madeChain('tenant', 40, numbers(9)).slice(24, 30);
  const { findings } = await verify(madeFile({ tenant: anew }), {
    isPartial: true,
    checkpoints: sealed.texts.slice(0, 2),
  });
  expect(findings).toMatchObject([
    { kind: 'forked', line: 1, sequence: 24, reason: textWith('checkpoint 2') },
  ]);
});

describe('checkpoints', () => {
  const [first, second, third, fourth] = sealed.texts;
  const checkpoints = sealed.texts;

  test('know a shorter chain, and one that is not there', async () => {
    const short = madeFile({ tenant: entries.slice(0, 31), service: other });
    expect((await verify(short, { checkpoints })).findings).toMatchObject([
      { kind: 'truncated', chain: 'tenant', sequence: 32, line: 42 },
    ]);
    const one = madeFile({ tenant: entries });
    expect((await verify(one, { checkpoints })).findings).toMatchObject([
      { kind: 'removed', chain: 'service' },
    ]);
    expect(await verify(one, { checkpoints, chains: ['tenant'] })).toMatchObject({ outcome: 'vouched' });
    expect(await verify(one, { checkpoints, isPartial: true })).toMatchObject({
      outcome: 'vouched',
      notices: [textWith('chain "service"')],
    });
  });

  test.each<[string, readonly { name: string; text: string }[], object]>([
    ['one gone', [first!, third!, fourth!], { kind: 'removed', file: '0000000003.json' }],
    ['the first gone', [second!, third!, fourth!], { kind: 'not-given', file: '0000000002.json' }],
    ['one twice', [first!, first!, second!, third!, fourth!], { kind: 'inserted' }],
    [
      'one altered',
      [first!, { ...second!, text: second!.text.replace('"number":2', '"number":3') }, third!, fourth!],
      { kind: 'altered', file: '0000000002.json' },
    ],
    [
      'one that is no checkpoint',
      [first!, { ...second!, text: '{}' }],
      { kind: 'malformed', file: '0000000002.json' },
    ],
  ])('%s', async (_, given, expected) => {
    const { findings } = await verify(whole, { checkpoints: given });
    expect(findings[0]).toMatchObject(expected);
  });

  test('of another key vouch for nothing', async () => {
    const { findings, outcome } = await verify(whole, { checkpoints, keys: [madeKey().publicKey] });
    expect(outcome).toBe('faulty');
    expect(findings).toMatchObject([{ kind: 'wrong-key' }]);
    expect(await verify(whole, { checkpoints, keys: [madeKey().publicKey, key.publicKey] })).toMatchObject({
      outcome: 'vouched',
    });
  });

  test('know the bytes of their segments', async () => {
    const [name, text] = Object.entries(sealed.segments)[0]!;
    const changed = {
      ...sealed.segments,
      [name]: text.replace(/"createdAt":"2026-03-01T/, '"createdAt":"2026-03-02T'),
    };
    expect((await verify(changed, { checkpoints })).findings).toMatchObject([
      { kind: 'altered', file: name },
    ]);
  });

  test('two signed histories are a fork', async () => {
    const anew = madeCheckpoints(
      { tenant: madeChain('tenant', 40, numbers(3)), service: other },
      [30, 60],
      key,
    );
    const { findings } = await verify(whole, { checkpoints: [first!, anew.texts[1]!] });
    expect(findings.map(({ kind }) => kind)).toContain('forked');
  });
});

describe('erased bodies', () => {
  const bodyHash = entries[4]!.header.bodyHash;
  const position = { chain: 'tenant', sequence: 40, hash: entries[39]!.hash };
  const gone = (record?: MadeEntry): string => {
    const left = entries.map((each, index) =>
      index === 4 ? { ...each, bodyText: undefined, erased: { record: 41 } } : each,
    );
    return madeFile({ tenant: record ? [...left, record] : left });
  };
  const recordOf = (sequence: number, hash: string): MadeEntry =>
    madeEntry(position, {
      kind: 'body-erased',
      case: null,
      payload: makeErasure({
        entries: [{ sequence, bodyHash: hash }],
        reason: 'retention',
        authority: 'policy',
      }),
    });

  test('are fine with a record', async () => {
    expect(await verify(gone(recordOf(5, bodyHash)))).toMatchObject({
      findings: [],
      chains: [{ erased: 1, leftOut: 0, bodies: 40 }],
    });
  });

  test.each<[string, string]>([
    ['no record', gone()],
    ['a record of another entry', gone(recordOf(6, bodyHash))],
    ['a record of another body', gone(recordOf(5, 'a'.repeat(64)))],
  ])('are missing with %s', async (_, text) => {
    expect((await verify(text)).findings).toMatchObject([{ kind: 'body-missing', sequence: 5, line: 6 }]);
  });

  const left = (record: number): MadeEntry[] => {
    const erased = { ...entries[4]!, bodyText: undefined, erased: { record } };
    return [...entries.with(4, erased), recordOf(5, bodyHash)];
  };

  test('are missing when another record is named', async () => {
    expect((await verify(madeFile({ tenant: left(999) }))).findings).toMatchObject([
      {
        kind: 'body-missing',
        sequence: 5,
        reason: textWith('names entry 999 as the record, which is entry 41'),
      },
    ]);
  });

  test('excuse other bytes of a sealed segment, and nothing else does', async () => {
    const anew = madeCheckpoints({ tenant: left(41).with(4, entries[4]!) }, [50, 100], key);
    const [name] = Object.keys(anew.segments);
    const part = madeFile({ tenant: left(41).slice(0, 20) }, { leakstop: 'segment' });
    const files = { ...anew.segments, [name!]: part };
    expect(await verify(files, { checkpoints: anew.texts })).toMatchObject({
      outcome: 'vouched',
      notices: [textWith('by 1 erased bodies, all of them recorded')],
    });
    const later = part.replace('"createdAt":"2026-03-01T', '"createdAt":"2026-03-02T');
    expect((await verify({ ...files, [name!]: later }, { checkpoints: anew.texts })).findings).toMatchObject([
      { kind: 'altered', file: name },
    ]);
  });

  test('a record that names what it cannot is told', async () => {
    const { notices } = await verify(madeFile({ tenant: [...entries, recordOf(5, 'f'.repeat(64))] }));
    expect(notices).toEqual([textWith('still in the files: 1'), textWith('a hash that its body never had')]);
    const early = await verify(madeFile({ tenant: [...entries, recordOf(99, bodyHash)] }));
    expect(early.notices).toEqual([textWith('not written yet: 1')]);
  });

  test('a record that says nothing is a fault', async () => {
    const { findings } = await verify(gone(madeEntry(position, { kind: 'body-erased', case: null })));
    expect(findings).toMatchObject([{ kind: 'malformed', sequence: 41 }]);
  });
});
