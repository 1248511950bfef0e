import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeErasure } from '../../shared/ledger/format/erasure.ts';
import { segmentName } from '../../shared/ledger/format/segment.ts';
import type { LedgerVerdict } from '../../shared/ledger/verify/verdict/verdict.ts';
import { madeChain, madeCheckpoints, madeEntry, madeFile, madeKey, numbers } from '../support/made-ledger.ts';
import { newFolder, run } from './run.ts';

const folder = newFolder();
const at = (name: string): string => join(folder, name);
const put = (name: string, text: string): string => {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
  return at(name);
};

const key = madeKey();
const chains = { tenant: madeChain('tenant', 20, numbers(1)), service: madeChain('service', 10, numbers(2)) };
const { texts, segments } = madeCheckpoints(chains, [40, 80], key);
const whole = madeFile(chains);
const trust = ['--checkpoints', at('checkpoints'), '--public-key', at('key.pem')];

beforeAll(() => {
  put('whole.ndjson', whole);
  put('key.pem', key.publicKey.export({ type: 'spki', format: 'pem' }).toString());
  put('key.jwk', JSON.stringify(key.publicKey.export({ format: 'jwk' })));
  put('other.pem', madeKey().publicKey.export({ type: 'spki', format: 'pem' }).toString());
  texts.forEach(({ name, text }) => put(`checkpoints/${name}`, text));
  Object.entries(segments).forEach(([name, text]) => put(name, text));
});

const verify = (...line: string[]) => run(['ledger', 'verify', ...line]);

describe('a verdict', () => {
  test('with checkpoints names the entry from which on nothing vouches', async () => {
    const { code, out } = await verify(at('whole.ndjson'), ...trust);
    expect(out).toBe(
      [
        'VOUCHED by signed checkpoints up to number 2 of 2026-03-01T01:00:00.000Z, for the entries named below, and for no others.',
        '',
        'chain service: entries 1 to 10 fit together (10 with body).',
        '  Vouched for up to entry 8 by checkpoint 2 of 2026-03-01T01:00:00.000Z. From entry 9 on nothing vouches.',
        'chain tenant: entries 1 to 20 fit together (20 with body).',
        '  Vouched for up to entry 16 by checkpoint 2 of 2026-03-01T01:00:00.000Z. From entry 17 on nothing vouches.',
        '',
      ].join('\n'),
    );
    expect(code).toBe(0);
  });

  test('of segments, all of which are sealed', async () => {
    const { code, out } = await verify(at('segments'), ...trust);
    expect(out).toContain('for every entry given.');
    expect(out).not.toContain('nothing vouches');
    expect(code).toBe(0);
  });

  test.each([
    ['without checkpoints', [], 'no checkpoints were given'],
    ['without a key', ['--checkpoints', at('checkpoints')], 'no public key was given'],
  ])('%s is no OK', async (_, options, why) => {
    const { code, out } = await verify(at('whole.ndjson'), ...options);
    expect(out).toMatch(/^CONSISTENT, BUT NOT VOUCHED FOR: /);
    expect(out).toContain(why);
    expect(out).toContain('Nothing vouches for any of them.');
    expect(code).toBe(4);
  });

  test('on a fault names file, line, chain, entry and reason', async () => {
    const file = put('altered.ndjson', whole.replace('"sequence":12}', '"sequence":13}'));
    const { code, out } = await verify(file, ...trust);
    expect(out).toContain('FAULTY: something is wrong.');
    expect(out).toContain(
      `ALTERED at ${file}, line 23, chain tenant, entry 12: its body is not the one that the header was made for.`,
    );
    expect(code).toBe(1);
  });

  test('of the whole container as it was downloaded, halts and left-over segments included', async () => {
    const container = newFolder();
    const save = (name: string, text: string): void => {
      mkdirSync(dirname(join(container, name)), { recursive: true });
      writeFileSync(join(container, name), text);
    };
    texts.forEach(({ name, text }) => save(`checkpoints/${name}`, text));
    Object.entries(segments).forEach(([name, text]) => save(name, text));
    save('halts/0000000001-halted.json', '{}');
    save(
      segmentName('tenant', 1, 5),
      madeFile({ tenant: chains.tenant.slice(0, 5) }, { leakstop: 'segment' }),
    );
    const line = [container, '--checkpoints', container, '--public-key', at('key.pem')];
    expect(await verify(...line)).toMatchObject({ code: 0, told: '' });
    const [sealed = ''] = Object.keys(segments);
    save(sealed, madeFile({ service: chains.service.slice(0, 5) }, { leakstop: 'segment' }));
    expect((await verify(...line)).out).toContain(
      `it is not the segment "${sealed}" that checkpoint 1 sealed`,
    );
  });

  test('as JSON', async () => {
    const { code, out } = await verify(at('whole.ndjson'), ...trust, '--json');
    const verdict = JSON.parse(out) as LedgerVerdict;
    expect(verdict).toMatchObject({ outcome: 'vouched', findings: [], checkpoints: { isVerified: true } });
    expect(code).toBe(0);
  });

  test('with a JWK, or with several keys', async () => {
    expect(
      (
        await verify(
          at('whole.ndjson'),
          ...trust.slice(0, 2),
          '--public-key',
          at('other.pem'),
          '--public-key',
          at('key.jwk'),
        )
      ).code,
    ).toBe(0);
  });

  test('with the wrong key', async () => {
    const { code, out } = await verify(
      at('whole.ndjson'),
      ...trust.slice(0, 2),
      '--public-key',
      at('other.pem'),
    );
    expect(out).toContain('WRONG-KEY');
    expect(code).toBe(1);
  });

  test('of one chain when only that is asked for', async () => {
    const file = put('tenant.ndjson', madeFile({ tenant: chains.tenant }));
    expect((await verify(file, ...trust)).out).toContain('REMOVED at chain service');
    expect((await verify(file, ...trust, '--chain', 'tenant')).code).toBe(0);
    expect((await verify(file, ...trust, '--partial')).out).toContain('Note: chain "service"');
  });

  test('of an export of nothing', async () => {
    const { code, out } = await verify(put('nothing.ndjson', madeFile({})));
    expect(out).toContain('NOTHING VERIFIED');
    expect(code).toBe(4);
  });
});

describe('what is no unqualified OK', () => {
  const made = 'aaaaaaaa-0000-0000-0000-000000000001';
  const short = { ...chains, tenant: chains.tenant.slice(0, 9) };

  test('a chain that somebody made up, beside those that are vouched for', async () => {
    const file = put('extra.ndjson', madeFile({ ...chains, [made]: madeChain(made, 5, numbers(5)) }));
    const { code, out } = await verify(file, ...trust);
    expect(out).toContain(`the checkpoints know none of the entries of chain "${made}"`);
    expect(code).toBe(4);
  });

  test('an export that was asked for less than everything', async () => {
    const bare = chains.tenant.slice(0, 16).map((each) => ({ ...each, bodyText: undefined }));
    const file = put('bare.ndjson', madeFile({ tenant: bare }, { filter: { control: 'x-y' } }));
    const { code, out } = await verify(file, ...trust, '--chain', 'tenant');
    expect(out).not.toContain('every entry');
    expect(out).toContain('16 bodies were left out and not looked at.');
    expect(out).toContain('only bodies of control "x-y"; 16 of its 16 entries have none.');
    expect(code).toBe(0);
    const json = await verify(file, ...trust, '--chain', 'tenant', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ files: [{ filter: { control: 'x-y' }, leftOut: 16 }] });
  });

  test('a chain that was asked for and is not there', async () => {
    const file = put('short.ndjson', madeFile(short));
    const { code, out } = await verify(file, ...trust, '--chain', 'tenatn');
    expect(out).toContain('NOT-GIVEN at chain tenatn');
    expect(out).toContain('Note: chain "tenant", entry 10');
    expect(code).toBe(1);
    expect((await verify(file, ...trust, '--chain', '../x')).code).toBe(2);
  });

  test('a part that ends before what was signed', async () => {
    const { code, out } = await verify(put('short.ndjson', madeFile(short)), ...trust, '--partial');
    expect(out).toMatch(/^INCOMPLETE: /);
    expect(out).toContain('checkpoint 2 knows its entry 16');
    expect(code).toBe(4);
  });

  test('a body that is gone by a record for which nothing vouches', async () => {
    const hash = chains.tenant[2]!.header.bodyHash;
    const last = chains.tenant.at(-1)!;
    const record = madeEntry(
      { chain: 'tenant', sequence: 20, hash: last.hash },
      {
        kind: 'body-erased',
        case: null,
        payload: makeErasure({ entries: [{ sequence: 3, bodyHash: hash }], reason: 'r', authority: 'a' }),
      },
    );
    const gone = chains.tenant.with(2, { ...chains.tenant[2]!, bodyText: undefined, erased: { record: 21 } });
    const file = put('doubtful.ndjson', madeFile({ ...chains, tenant: [...gone, record] }));
    const { code, out } = await verify(file, ...trust);
    expect(out).toContain('by records for which nothing vouches');
    expect(code).toBe(4);
  });

  test('options take one value and swallow no file', async () => {
    const forged = put('forged.ndjson', madeFile({ tenant: madeChain('tenant', 20, numbers(77)) }));
    const line = [at('whole.ndjson'), ...trust, '--chain', 'tenant', '--chain', 'service', forged];
    expect((await verify(...line)).out).toContain(`FORKED at ${forged}`);
    expect((await verify('--chain', 'tenant', at('whole.ndjson'), ...trust)).code).toBe(0);
  });
});

test.each<[string, string, string]>([
  ['a checkpoint', texts[0]!.text, 'the file is a checkpoint: name its folder with --checkpoints'],
  ['a key', '-----BEGIN PUBLIC KEY-----\nx\n', 'the file is no export and no segment'],
  ['nothing', '', 'the file is empty'],
  ['one endless line', 'x'.repeat(65 * 1024 * 1024), 'the file is no ledger, or its line feeds were lost'],
])('%s in the place of an export says what it is', async (name, text, why) => {
  const file = put(`instead-${name.replaceAll(' ', '-')}`, text);
  const { code, out } = await verify(file, ...trust);
  expect(out).toContain(`at ${file}, line 1: `);
  expect(out).toContain(why);
  expect(code).toBe(1);
});

test('a segment that calls itself an export is none, wherever it was copied to', async () => {
  const [name = '', text = ''] = Object.entries(segments)[0] ?? [];
  const bare = madeFile(
    { service: chains.service.slice(0, 4).map((each) => ({ ...each, bodyText: undefined })) },
    { filter: { control: 'x' } },
  );
  const base = name.split('/').at(-1)!;
  for (const content of [text.replace('"leakstop":"segment"', '"leakstop":"export"'), bare]) {
    for (const place of [`copied/${name}`, `flat/${base}`]) {
      const { code, out } = await verify(put(place, content), ...trust, '--partial');
      expect(out).toContain('it has the name of a segment, and its first line says that it is an export');
      expect(code).toBe(1);
    }
  }
});

test('of headers only says so in its first words', async () => {
  const bare = chains.tenant.map((each) => ({ ...each, bodyText: undefined }));
  const file = put('headers.ndjson', madeFile({ tenant: bare }, { filter: { control: 'x' } }));
  const { code, out } = await verify(file, ...trust, '--chain', 'tenant');
  expect(out).toMatch(/^VOUCHED, HEADERS ONLY, by signed checkpoints [^\n]* 20 bodies were left out/);
  expect(code).toBe(0);
  const both = await verify(file, at('whole.ndjson'), ...trust);
  expect(both.out).toMatch(/^VOUCHED by signed checkpoints/);
});

describe('what cannot run', () => {
  test.each([
    ['a file that is not there', [at('no.ndjson')], `Cannot use "${at('no.ndjson')}": it does not exist`],
    ['standard input', ['-'], 'Cannot verify standard input: a file is read more than once: save it first'],
    ['a folder without files', [at('checkpoints')], 'the folder holds no file *.ndjson'],
    ['a folder without checkpoints', [at('whole.ndjson'), '--checkpoints', at('segments')], 'holds none'],
    ['a key that is none', [at('whole.ndjson'), '--public-key', at('whole.ndjson')], 'expected PEM or JWK'],
  ])('%s', async (_, line, message) => {
    const { code, told, out } = await verify(...line);
    expect(told).toContain(message);
    expect(out).toBe('');
    expect(code).toBe(3);
  });

  test('a key that is a folder is named', async () => {
    const { told } = await verify(at('whole.ndjson'), '--public-key', folder);
    expect(told).toContain(`Cannot use "${folder}": it is a folder`);
  });

  test('a pipe, which cannot be read twice', async () => {
    const { code, told } = await verify('/dev/null');
    expect(told).toContain('"/dev/null": it is no file but a pipe or a device');
    expect(code).toBe(3);
  });

  test('what is interrupted ends at once', async () => {
    const signal = AbortSignal.abort(new Error('interrupted'));
    const { code, told } = await run(['ledger', 'verify', at('whole.ndjson')], { signal });
    expect(told).toBe('Interrupted.\n');
    expect(code).toBe(130);
  });

  test.each([
    ['no file', ['ledger', 'verify']],
    ['an unknown option', ['ledger', 'verify', 'x', '--trust-me']],
    ['an unknown command', ['ledger', 'bless']],
    ['no command', ['ledger']],
  ])('%s is a wrong command line', async (_, line) => {
    const { code, told } = await run(line);
    expect(told).not.toBe('');
    expect(code).toBe(2);
  });

  test('help is no failure, and teaches', async () => {
    const { code, out } = await verify('--help');
    expect(out).toContain('What vouches for a history is a checkpoint');
    expect((await run(['--help'])).out).toContain('Exit codes:');
    expect(code).toBe(0);
  });
});

/** Runs a program as a process of its own. `limit`: files that it may have open. */
function start(line: readonly string[], limit?: number): Promise<{ code: number; stdout: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number; stdout: string }>();
  const limited = ['-c', `ulimit -n ${limit ?? 0}; exec "$@"`, 'sh', process.execPath, ...line];
  const [command, rest] = limit === undefined ? [process.execPath, line] : ['/bin/sh', limited];
  const child = execFile(command, rest, (_, stdout) => resolve({ code: child.exitCode ?? -1, stdout }));
  return promise;
}

const root = join(import.meta.dirname, '../..');

test.each([
  ['leakstop', [join(root, 'cli/leakstop.ts'), 'ledger', 'verify']],
  ['leakstop-verify', [join(root, 'cli/leakstop-verify.ts')]],
])('%s as a process', async (_, program) => {
  const { code, stdout } = await start([...program, at('whole.ndjson')]);
  expect(stdout).toContain('CONSISTENT, BUT NOT VOUCHED FOR');
  expect(code).toBe(4);
});

describe('one file of plain JavaScript', () => {
  const alone = newFolder();
  const program = join(alone, 'leakstop-verify.mjs');

  beforeAll(async () => {
    await promisify(execFile)(process.execPath, ['infra/build-verify.mjs', alone], { cwd: root });
  });

  test('verifies with no packages beside it', async () => {
    const { code, stdout } = await start([program, at('whole.ndjson'), ...trust]);
    expect(stdout).toContain('VOUCHED by signed checkpoints');
    expect(code).toBe(0);
    expect((await start([program])).code).toBe(2);
    expect((await start([program, at('no.ndjson')])).code).toBe(3);
  });

  test('needs nothing that Node 20 does not have', () => {
    const text = readFileSync(program, 'utf8');
    expect(text).not.toMatch(/\b(Map|Object)\.groupBy|withResolvers|import\.meta\.main|from "[^n."]/);
  });

  test('verifies more segments than it may open at once', async () => {
    const many = newFolder();
    chainOfMany.forEach((entry, index) => {
      const text = madeFile({ tenant: [entry] }, { leakstop: 'segment' });
      writeFileSync(join(many, `${String(index).padStart(5, '0')}.ndjson`), text);
    });
    const { code, stdout } = await start([program, many], 40);
    expect(stdout).toContain(`entries 1 to ${chainOfMany.length} fit together`);
    expect(code).toBe(4);
  });
});

const chainOfMany = madeChain('tenant', 400, numbers(8));
