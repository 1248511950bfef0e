import { execFile } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildWhenStale } from '../e2e/built-app.ts';

const root = join(import.meta.dirname, '../..');
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'leakstop-notices-'));

/** Folders of packages that a bundle says it was made of: esbuild writes the path of each file before its code. */
function packagesOf(bundle: string): readonly string[] {
  const paths = [...bundle.matchAll(/^ *\/\/ (\S*node_modules\/(?:@[^/\s]+\/)?[^/\s]+)\//gm)];
  return [...new Set(paths.map(([, folder = '']) => folder))];
}

interface Manifest {
  readonly name: string;
  readonly version: string;
}

function expectNamed(notices: string, folders: readonly string[]): void {
  for (const folder of folders) {
    const text = readFileSync(join(root, folder, 'package.json'), 'utf8');
    const { name, version } = JSON.parse(text) as Manifest;
    expect(notices).toContain(`${name} ${version} (`);
  }
}

describe('the verifier, which is handed on as one file', () => {
  const folder = newFolder();
  beforeAll(async () => {
    await promisify(execFile)(process.execPath, ['infra/build-verify.mjs', folder], { cwd: root });
  });

  test('ends with copyright and licence of what is in it, and has them beside it', () => {
    const program = readFileSync(join(folder, 'leakstop-verify.mjs'), 'utf8');
    const notices = readFileSync(join(folder, 'THIRD_PARTY_NOTICES.txt'), 'utf8');
    const folders = packagesOf(program);
    expect(folders.length).toBeGreaterThanOrEqual(3);
    expectNamed(notices, folders);
    const comment = program.slice(program.indexOf('// What this was made of'));
    expect(comment.split('\n').filter((line) => !/^(\/\/.*)?$/.test(line))).toEqual([]);
    expect(comment.replace(/^\/\/ ?/gm, '').trim()).toBe(notices.replace(/ +$/gm, '').trim());
    for (const name of ['commander', 'zod']) {
      const own = readFileSync(join(root, 'node_modules', name, 'LICENSE'), 'utf8').trim();
      expect(notices).toContain(own);
      expect(own).toMatch(/Copyright/);
    }
  });

  test('says in its help where they are', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(folder, 'leakstop-verify.mjs'),
      '--help',
    ]);
    expect(stdout).toContain('THIRD_PARTY_NOTICES.txt');
  });
});

test('the deployable has the notices of every package in it', async () => {
  await buildWhenStale();
  const bundles = globSync('dist/functions/**/*.js', { cwd: root });
  const folders = bundles.flatMap((file) => packagesOf(readFileSync(join(root, file), 'utf8')));
  expect(new Set(folders).size).toBeGreaterThan(100);
  expectNamed(readFileSync(join(root, 'dist/THIRD_PARTY_NOTICES.txt'), 'utf8'), folders);
});

/** Builds a program that is made of one package. */
async function buildWith(files: Readonly<Record<string, string>>): Promise<string> {
  const project = newFolder();
  const all = {
    'cli/leakstop-verify.ts': "import { answer } from 'pack';\nprocess.stdout.write(String(answer));\n",
    'node_modules/pack/index.js': 'export const answer = 42;\n',
    ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`node_modules/pack/${name}`, text])),
  };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), text);
  }
  const line = [join(root, 'infra/build-verify.mjs'), 'out'];
  await promisify(execFile)(process.execPath, line, { cwd: project });
  return readFileSync(join(project, 'out/THIRD_PARTY_NOTICES.txt'), 'utf8');
}

const manifest = (more: object): string =>
  JSON.stringify({ name: 'pack', version: '1.2.3', type: 'module', main: 'index.js', ...more });

describe('a package', () => {
  test('with licence and notice is named with both', async () => {
    const notices = await buildWith({
      'package.json': manifest({ license: '(GPL-3.0-only OR MIT)' }),
      LICENSE: 'Copyright of the one who wrote it\r\n',
      'NOTICE.txt': 'A notice',
    });
    expect(notices).toContain(
      'pack 1.2.3 ((GPL-3.0-only OR MIT))\n\nCopyright of the one who wrote it\n\nA notice\n',
    );
  });

  test.each([
    ['without a text of its licence', { license: 'MIT' }, {}, 'holds no text of its licence MIT'],
    ['without a licence', {}, { LICENSE: 'x' }, 'its licence undefined is none of'],
    [
      'of a licence that asks for more',
      { license: 'GPL-3.0-only' },
      { LICENSE: 'x' },
      'its licence "GPL-3.0-only"',
    ],
    ['of two licences at once', { license: 'MIT AND SSPL-1.0' }, { LICENSE: 'x' }, 'is none of'],
    ['of an older form', { license: { type: 'MIT' } }, { LICENSE: 'x' }, 'is none of'],
    [
      'that somebody looked at in another version',
      { name: '@nodable/entities', license: 'MIT' },
      {},
      'with this version',
    ],
  ])('%s fails the build', async (_, more, files, message) => {
    const built = buildWith({ 'package.json': manifest(more), ...files });
    await expect(built).rejects.toThrow(message);
    await expect(built).rejects.toThrow('infra/notices.mjs');
  });
});
