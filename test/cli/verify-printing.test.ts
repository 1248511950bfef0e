import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson, sha256 } from '../../shared/ledger/format/json.ts';
import { makeCheckpoint } from '../../shared/ledger/format/checkpoint.ts';
import { madeChain, madeCheckpoints, madeFile, madeKey, numbers } from '../support/made-ledger.ts';
import { newFolder, run } from './run.ts';
import { expectHarmless, jsonTricks, nameTricks, tricks } from './terminal-tricks.ts';

/*
 * Whoever makes an export chooses every string in it, and the name of the file besides. The one who verifies it trusts what the
 * program shows.
 */

const key = madeKey();
const entries = madeChain('tenant', 6, numbers(1));
const sealed = madeCheckpoints({ tenant: entries }, [100], key);
const whole = madeFile({ tenant: entries });
const lines = whole.split('\n');
const pem = key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const [checkpoint] = sealed.texts;

type Json = Record<string, unknown>;

/** What one attempt lays before the verifier: names and texts of files, and the command line. */
interface Attempt {
  readonly files: Readonly<Record<string, string>>;
  readonly line: readonly string[];
}

const trust = ['--checkpoints', 'checkpoints', '--public-key', 'key.pem'];
const genuine = {
  'key.pem': pem,
  'checkpoints/0000000001.json': checkpoint!.text,
  'other.ndjson': whole,
};
const withExport = (text: string, name = 'a.ndjson'): Attempt => ({
  files: { ...genuine, [name]: text },
  line: [name, ...trust],
});
const withLine = (index: number, change: (value: Json) => unknown): Attempt =>
  withExport(lines.with(index, canonicalJsonOf(change(JSON.parse(lines[index]!) as Json))).join('\n'));
const withCheckpoint = (text: string): Attempt => ({
  files: { ...genuine, 'checkpoints/0000000001.json': text },
  line: ['other.ndjson', ...trust],
});

/** Canonical where the value has such a form, else what JSON makes of it. */
function canonicalJsonOf(value: unknown): string {
  try {
    return canonicalJson(value as object);
  } catch {
    return JSON.stringify(value);
  }
}

const unsigned = JSON.parse(checkpoint!.text) as Json as never as Parameters<typeof makeCheckpoint>[1] & Json;
const last = lines.length - 2;
const filterOf = (filter: Json): Attempt => {
  const bare = entries.map((entry) => ({ ...entry, bodyText: undefined }));
  return withExport(madeFile({ tenant: bare }, { filter }));
};
const bodyOf = (change: Json): Attempt => {
  const bodyText = canonicalJsonOf({ ...(JSON.parse(entries[2]!.bodyText!) as Json), ...change });
  return withExport(madeFile({ tenant: entries.with(2, { ...entries[2]!, bodyText }) }));
};
/** A body that is the one of its header. */
const ownBodyOf = (change: Json): Attempt => {
  const [first] = entries;
  const bodyText = canonicalJsonOf({ ...(JSON.parse(first!.bodyText!) as Json), ...change });
  const text = canonicalJsonOf({ ...first!.header, bodyHash: sha256(bodyText) });
  return withExport(madeFile({ tenant: [{ ...first!, bodyText, text, hash: sha256(text) }] }));
};

const attempts: Readonly<Record<string, Attempt>> = {
  'a further member of the first line': withLine(0, (value) => ({ ...value, [jsonTricks]: 1 })),
  'the name of a kind of file': withLine(0, (value) => ({ ...value, leakstop: jsonTricks })),
  'the time of the first line': withLine(0, (value) => ({ ...value, createdAt: jsonTricks })),
  'the name of a chain': withLine(0, (value) => ({
    ...value,
    chains: (value.chains as Json[]).map((each) => ({ ...each, chain: jsonTricks })),
  })),
  'a further member of a chain': withLine(0, (value) => ({
    ...value,
    chains: (value.chains as Json[]).map((each) => ({ ...each, [jsonTricks]: 1 })),
  })),
  'the value of a filter': filterOf({ control: tricks }),
  'a case of a filter': filterOf({ case: tricks }),
  'a further member of a filter': withLine(0, (value) => ({ ...value, filter: { [jsonTricks]: 1 } })),
  'a further member of a header': withLine(2, (value) => ({
    ...value,
    header: { ...(value.header as Json), [jsonTricks]: 1 },
  })),
  ...Object.fromEntries(
    ['chain', 'time', 'kind', 'case', 'previous', 'format'].map((name) => [
      `the member "${name}" of a header`,
      withLine(2, (value) => ({ ...value, header: { ...(value.header as Json), [name]: jsonTricks } })),
    ]),
  ),
  'a further member of a line': withLine(2, (value) => ({ ...value, [jsonTricks]: 1 })),
  'a further member of a mark': withExport(
    lines
      .with(2, `{"erased":${JSON.stringify({ [jsonTricks]: 1 })},"header":${entries[1]!.text}}`)
      .join('\n'),
  ),
  'a further member of a body': ownBodyOf({ [tricks]: 1 }),
  'a body that is another one': bodyOf({ control: tricks }),
  'the salt of a body': ownBodyOf({ salt: tricks }),
  'the payload of a body': bodyOf({ payload: { [tricks]: tricks } }),
  'a further member of the last line': withLine(last, (value) => ({ ...value, [jsonTricks]: 1 })),
  'a chain of the last line': withLine(last, (value) => ({ ...value, chains: [{ chain: jsonTricks }] })),
  'a line that is no JSON': withExport(lines.with(3, tricks.replaceAll('\n', '')).join('\n')),
  'a file that is none of ours': withExport(tricks),
  'a further member of a checkpoint': withCheckpoint(
    JSON.stringify({ ...(JSON.parse(checkpoint!.text) as Json), [jsonTricks]: 1 }),
  ),
  'the name of the key of a checkpoint': withCheckpoint(
    canonicalJson({
      ...(JSON.parse(checkpoint!.text) as Json),
      signature: { ...((JSON.parse(checkpoint!.text) as Json).signature as Json), keyId: tricks },
    }),
  ),
  'a chain of a checkpoint': withCheckpoint(
    JSON.stringify({ ...(JSON.parse(checkpoint!.text) as Json), chains: [{ chain: jsonTricks }] }),
  ),
  'the name of a segment that the key signed': (() => {
    const [segment] = unsigned.segments;
    const made = makeCheckpoint(undefined, { ...unsigned, segments: [{ ...segment!, name: nameTricks }] });
    const attempt = withCheckpoint(key.sign(made));
    const own = madeFile({ tenant: entries }, { leakstop: 'segment' });
    return { ...attempt, files: { ...attempt.files, [nameTricks]: own }, line: [nameTricks, ...trust] };
  })(),
  'a public key': { files: { ...genuine, 'key.pem': tricks }, line: ['other.ndjson', ...trust] },
  'the name of a file': withExport(whole.replace('"sequence":3', '"sequence":4'), `${nameTricks}.ndjson`),
  'the name of a genuine file': filterNamed(`${nameTricks}.ndjson`),
  'the names of two files that differ': {
    files: {
      [`a${nameTricks}`]: madeFile({ tenant: madeChain('tenant', 6, numbers(7)) }),
      [`b${nameTricks}`]: madeFile({ tenant: madeChain('tenant', 6, numbers(8)) }),
    },
    line: [`a${nameTricks}`, `b${nameTricks}`],
  },
  'the name of a folder': {
    files: { ...genuine, [`${nameTricks}/a.ndjson`]: whole.slice(0, -9) },
    line: [nameTricks, ...trust],
  },
  'the name of an empty folder': { files: { [`${nameTricks}/readme`]: '' }, line: [nameTricks] },
  'the name of a folder of checkpoints': {
    files: { ...genuine, [`${nameTricks}/0000000001.json`]: '{}' },
    line: ['other.ndjson', '--checkpoints', nameTricks],
  },
  'the name of a file that is not there': { files: genuine, line: [nameTricks] },
  'the name of a key that is not there': {
    files: genuine,
    line: ['other.ndjson', '--public-key', nameTricks],
  },
  'the name of a key that is none': {
    files: { ...genuine, [nameTricks]: 'x' },
    line: ['other.ndjson', '--public-key', nameTricks],
  },
  'an option': { files: genuine, line: ['other.ndjson', `--json${tricks}`] },
  'the value of an option': { files: genuine, line: ['other.ndjson', '--chain', tricks] },
};

function filterNamed(name: string): Attempt {
  const bare = entries.map((entry) => ({ ...entry, bodyText: undefined }));
  return withExport(madeFile({ tenant: bare }, { filter: { case: 'x' } }), name);
}

const root = join(import.meta.dirname, '../..');
const built = newFolder();
beforeAll(async () => {
  await promisify(execFile)(process.execPath, ['infra/build-verify.mjs', built], { cwd: root });
});

interface Printed {
  readonly code: number;
  readonly out: string;
  readonly told: string;
}

function startIn(folder: string, line: readonly string[], environment: NodeJS.ProcessEnv): Promise<Printed> {
  const program = join(built, 'leakstop-verify.mjs');
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [program, ...line],
      { cwd: folder, env: { ...process.env, ...environment } },
      (_, out, told) => resolve({ code: child.exitCode ?? -1, out, told }),
    );
  });
}

function layOut({ files }: Attempt): string {
  const folder = newFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

describe.each(Object.entries(attempts))('%s', (_, attempt) => {
  test('does nothing but be read, whatever prints it', async () => {
    const folder = layOut(attempt);
    for (const environment of [{ FORCE_COLOR: '1' }, { NO_COLOR: '1' }]) {
      const { out, told, code } = await startIn(folder, attempt.line, environment);
      expect(out + told).not.toBe('');
      expectHarmless(out);
      expectHarmless(told);
      expect(code).toBeGreaterThanOrEqual(0);
    }
    const { out, told } = await startIn(folder, [...attempt.line, '--json'], {});
    expectHarmless(out);
    expectHarmless(told);
    expect(out === '' ? {} : (JSON.parse(out) as object)).toBeTypeOf('object');
  });

  test('nor by "leakstop ledger verify", on a terminal and elsewhere', async () => {
    const folder = layOut(attempt);
    const line = attempt.line.map((each) =>
      each in attempt.files || isFolder(attempt, each) ? join(folder, each) : each,
    );
    for (const isTerminal of [true, false]) {
      const { out, told } = await run(['ledger', 'verify', ...line], { terminal: { isTerminal } });
      expect(out + told).not.toBe('');
      expectHarmless(out, { isColoured: isTerminal });
      expectHarmless(told);
    }
  });
});

function isFolder({ files }: Attempt, name: string): boolean {
  return Object.keys(files).some((each) => each.startsWith(`${name}/`));
}

test('a suggestion stands behind the fault that it is about', async () => {
  const { code, told } = await startIn(layOut({ files: genuine, line: [] }), ['other.ndjson', '--jsno'], {});
  expect(told).toBe(
    "error: unknown option '--jsno' (Did you mean --json?)\nAdd --help for what it takes, with examples.\n",
  );
  expect(code).toBe(2);
});

test('a name in quotes cannot end them', async () => {
  const { out } = await startIn(
    layOut(filterOf({ control: 'x"; 0 of its 6 entries have none. y "' })),
    ['a.ndjson'],
    {},
  );
  expect(out).toContain(
    String.raw`only bodies of control "x\"; 0 of its 6 entries have none. y \""; 6 of its 6 entries have none.`,
  );
});

test('a text of any length leaves the verdict to be read', async () => {
  const long = 'long '.repeat(400_000);
  for (const attempt of [
    withLine(0, (value) => ({ ...value, [long]: 1 })),
    withLine(2, (value) => ({ ...value, header: { ...(value.header as Json), kind: long } })),
    filterOf({ control: long }),
    withCheckpoint(JSON.stringify({ ...(JSON.parse(checkpoint!.text) as Json), [long]: 1 })),
  ]) {
    const { out } = await startIn(layOut(attempt), attempt.line, {});
    expect(out.length).toBeLessThan(4_000);
    expect(out).toMatch(/^(FAULTY|VOUCHED)/);
  }
});
