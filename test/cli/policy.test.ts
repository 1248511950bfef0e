import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { longestText } from '../../shared/policy/text-faults.ts';
import { newFolder, run } from './run.ts';

const account =
  '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/a';
const example = join(import.meta.dirname, '../../infra/policy.example.yaml');

function fileOf(text: string | Uint8Array): string {
  const file = join(newFolder(), 'policy.yaml');
  writeFileSync(file, text);
  return file;
}

describe('leakstop policy check', () => {
  it('accepts the example', async () => {
    const { code, out } = await run(['policy', 'check', example]);
    expect(code).toBe(0);
    expect(out).toMatch(/: valid, sha256:[0-9a-f]{64}/);
  });

  it('tells an error as compilers do, and ends with 1', async () => {
    const file = fileOf('format: 1\nrules:\n\t\n  - { name: a, mode: autoo }\n'.replace('\t', ''));
    expect(await run(['policy', 'check', file])).toEqual({
      code: 1,
      out: [
        `${file}:4:22: error: rules[0].mode: expected one of off, observe, approve, auto`,
        '    - { name: a, mode: autoo }',
        '                       ^',
        '  did you mean "auto"?',
        '',
        `${file}: not valid, 1 error`,
        '',
      ].join('\n'),
      told: '',
    });
  });

  it('ends with 0 after warnings, and with 1 if that is asked for', async () => {
    const file = fileOf('format: 1\nrules:\n  - { name: a, mode: "off" }\n');
    const told = await run(['policy', 'check', file]);
    expect(told).toMatchObject({ code: 0 });
    expect(told.out).toMatch(/warning: .*\n[^]*: valid, sha256:.*, 1 warning\n$/);
    expect(await run(['policy', 'check', file, '--fail-on', 'warning'])).toMatchObject({ code: 1 });
    expect(await run(['policy', 'check', file, '--fail-on', 'nothing'])).toMatchObject({ code: 2 });
  });

  it('reads standard input, and prints JSON', async () => {
    const input = (async function* () {
      await Promise.resolve();
      yield 'format: 1\nru';
      yield Buffer.from('ls: []\n');
    })();
    const { code, out } = await run(['policy', 'check', '-', '--json'], { input });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      file: '<stdin>',
      valid: false,
      diagnostics: [
        {
          severity: 'error',
          line: 2,
          column: 1,
          path: 'ruls',
          message: 'unknown key "ruls"',
          mend: 'did you mean "rules"?',
        },
      ],
    });
  });

  it('shows the place in a line that is long, and nothing that moves the cursor', async () => {
    const file = fileOf(`{ "$schema": "${'x'.repeat(500)}", "format": 1, "\\u001b[2Jx": 1 }`);
    const { out } = await run(['policy', 'check', file]);
    const [, source = '', caret = ''] = out.split('\n');
    expect(source.slice(caret.indexOf('^'))).toMatch(/^"\\u001b/);
    expect(source.length).toBeLessThan(150);
    expect(out).not.toContain('\u001b');
  });

  it.each<[string, string | Uint8Array, number, RegExp]>([
    ['what is too long', 'x'.repeat(longestText * 5), 1, /1:1: error: \d+ characters are more/],
    ['what is not UTF-8', Uint8Array.of(0xff, 0xfe), 3, /it is not UTF-8/],
    ['an empty file', '', 1, /1:1: error: the file is empty/],
  ])('refuses %s', async (_, content, code, text) => {
    const ended = await run(['policy', 'check', fileOf(content)]);
    expect(ended.code).toBe(code);
    expect(ended.out + ended.told).toMatch(text);
  });

  it('says that a file cannot be read', async () => {
    expect(await run(['policy', 'check', '/nowhere/policy.yaml'])).toMatchObject({
      code: 3,
      told: 'Cannot use "/nowhere/policy.yaml": it does not exist\n',
    });
    expect((await run(['policy', 'check', newFolder()])).told).toMatch(/it is a folder/);
  });
});

it('check says of JSON that is no policy which keys are none, and once that it is too deep', async () => {
  const deep = JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) as object;
  const { code, out } = await run([
    'policy',
    'check',
    fileOf(JSON.stringify({ openapi: '3.1.0', paths: [deep, deep] })),
  ]);
  expect(code).toBe(1);
  expect(out).toMatch(/unknown key "openapi"/);
  expect(out).toMatch(/unknown key "paths"/);
  expect(out.match(/too large or too deep/g)).toHaveLength(1);
});

describe('leakstop policy explain', () => {
  const explain = (...more: string[]) =>
    run(['policy', 'explain', account, 'storage-account-min-tls', '--policy', example, ...more]);

  it('says which rule decides, what became of the others, and when a change may be made', async () => {
    const { code, out } = await explain('--at', '2026-12-01T12:00:00Z');
    expect(code).toBe(0);
    expect(out).toMatch(/^mode +approve, by rule tls-is-asked$/m);
    // Windows and freezes hold what runs by itself: what people approve is made when they approve it.
    expect(out).toMatch(/^changes +when people have approved them, whenever that is$/m);
    expect(out).toMatch(/^ {2}4\. strict-on-request \(auto\): asks for a tag/m);
  });

  it.each<[string[], RegExp]>([
    [
      ['--tag', 'leakstop=strict', '--at', '2026-12-01T12:00:00Z'],
      /wait: outside the window \(models-at-night\), until 2026-12-01T21:00/,
    ],
    [['--tag', 'leakstop=strict', '--at', '2026-12-01T22:00:00Z'], /may be made at 2026-12-01T22:00/],
  ])('%j says when a change that runs by itself may be made', async (line, changes) => {
    const { out } = await explain(...line);
    expect(out).toMatch(/^mode +auto, by rule strict-on-request$/m);
    expect(/^changes +(.*)$/m.exec(out)?.[1]).toMatch(changes);
  });

  it.each<[string, string, RegExp]>([
    ['observe', '', /^none: drift is recorded/],
    ['off', '', /^none: nobody looks/],
    ['approve', '', /^when people have approved them/],
    [
      'auto',
      "exemptions: [{name: e, owner: o@example.com, reason: r, ticket: T-1, scope: '*', control: storage-account-min-tls, created: 2026-11-01, expires: 2026-12-20}]",
      /^none while it is exempt/,
    ],
  ])('of mode %s promises no change at once', async (mode, more, changes) => {
    const policy = fileOf(`format: 1\nrules: [{name: a, mode: ${mode}}]\n${more}\n`);
    const line = [account, 'storage-account-min-tls', '--policy', policy, '--at', '2026-12-01'];
    const { out } = await run(['policy', 'explain', ...line]);
    expect(/^changes +(.*)$/m.exec(out)?.[1]).toMatch(changes);
  });

  it('takes tags, a severity and a time', async () => {
    const { out } = await explain(
      '--tag',
      'leakstop=strict',
      '--tag',
      'a=b=c',
      '--severity',
      'low',
      '--at',
      '2026-12-24',
      '--json',
    );
    expect(JSON.parse(out)).toMatchObject({
      subject: { resource: account, severity: 'low', tags: { leakstop: 'strict', a: 'b=c' } },
      ruling: { mode: 'auto', rule: 'strict-on-request' },
      timing: { kind: 'closed', reason: 'frozen', rule: 'year-end', opensAt: '2027-01-04T21:00:00.000Z' },
      ownership: { owner: 'cloud-platform@example.com' },
    });
  });

  it.each<[string, string[], RegExp]>([
    [
      'a control that is not there',
      [account, 'storage-account-mintls', '--policy', example],
      /Did you mean "storage-account-min-tls"/,
    ],
    ['what is no resource', ['here', 'storage-account-min-tls', '--policy', example], /Expected the ARM id/],
    [
      'a tag without a value',
      [account, 'storage-account-min-tls', '--policy', example, '--tag', 'a'],
      /a name and a value/,
    ],
    [
      'what is no time',
      [account, 'storage-account-min-tls', '--policy', example, '--at', 'noon'],
      /a day or a time/,
    ],
    ['no policy', [account, 'storage-account-min-tls'], /--policy/],
  ])('refuses %s', async (_, line, text) => {
    const { code, told } = await run(['policy', 'explain', ...line]);
    expect(code).toBe(2);
    expect(told).toMatch(text);
  });

  it('explains no document that has errors', async () => {
    const ended = await run([
      'policy',
      'explain',
      account,
      'storage-account-min-tls',
      '--policy',
      fileOf('format: 2'),
    ]);
    expect(ended).toMatchObject({ code: 3, out: '' });
    expect(ended.told).toMatch(
      /1:9: error: format: expected 1[^]*Cannot explain .*: the document has errors/,
    );
  });
});

it.each([['check'], ['explain']])('the help of %s teaches by examples', async (name) => {
  const { code, out } = await run(['policy', name, '--help']);
  expect(code).toBe(0);
  expect(out).toContain(`Examples:\n  leakstop policy ${name} `);
});
