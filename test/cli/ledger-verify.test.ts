import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { segmentName } from '../../shared/ledger/format/segment.ts';
import type { Verdict } from '../../shared/ledger/verify/verdict.ts';
import { madeChain, madeCheckpoints, madeFile, madeKey, numbers } from '../support/made-ledger.ts';
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
    const verdict = JSON.parse(out) as Verdict;
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

describe('what cannot run', () => {
  test.each([
    ['a file that is not there', [at('no.ndjson')], `Cannot use "${at('no.ndjson')}": it does not exist`],
    ['a folder without files', [at('checkpoints')], 'the folder holds no file *.ndjson'],
    ['a folder without checkpoints', [at('whole.ndjson'), '--checkpoints', at('segments')], 'holds none'],
    ['a key that is none', [at('whole.ndjson'), '--public-key', at('whole.ndjson')], 'expected PEM or JWK'],
  ])('%s', async (_, line, message) => {
    const { code, told, out } = await verify(...line);
    expect(told).toContain(message);
    expect(out).toBe('');
    expect(code).toBe(3);
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

test('as a process of its own', async () => {
  const program = join(import.meta.dirname, '../../cli/leakstop.ts');
  const { promise, resolve } = Promise.withResolvers<{ code: number | string | undefined; stdout: string }>();
  const child = execFile(process.execPath, [program, 'ledger', 'verify', at('whole.ndjson')], (_, stdout) =>
    resolve({ code: child.exitCode ?? undefined, stdout }),
  );
  const { code, stdout } = await promise;
  expect(stdout).toContain('CONSISTENT, BUT NOT VOUCHED FOR');
  expect(code).toBe(4);
});
