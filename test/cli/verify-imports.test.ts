import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
/** What a user starts. */
const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  bin: Record<string, string>;
};
const program = join(root, bin['leakstop-verify']!);
const allowed = [
  /^shared\/ledger\/(format|verify)\//,
  /^shared\/text\/unseen\.ts$/,
  /^cli\/(leakstop-verify|verify-program|ledger-verify|verify-files|verdict-text|file-faults)\.ts$/,
  /^cli\/(output|guarded-output|command-output|process-output|printable|exit-codes)\.ts$/,
];
const packages = new Set(['canonicalize', 'commander', 'zod']);

/** Every module that a file reaches, types included: ours as paths, others as their names. */
function reach(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) {
    return seen;
  }
  seen.add(file);
  const imports = readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g);
  for (const [, name = ''] of imports) {
    if (name.startsWith('.')) {
      reach(join(dirname(file), name), seen);
    } else {
      seen.add(name);
    }
  }
  return seen;
}

test('the verifier reaches the format and nothing of the engine, the writer or Azure', () => {
  const reached = [...reach(program)];
  const ours = reached.filter((name) => existsSync(name)).map((name) => relative(root, name));
  expect(ours.length).toBeGreaterThan(30);
  expect(ours.filter((name) => !allowed.some((pattern) => pattern.test(name)))).toEqual([]);
  const others = reached.filter((name) => !existsSync(name) && !name.startsWith('node:'));
  expect(others.filter((name) => !packages.has(name))).toEqual([]);
  expect(reached.filter((name) => /^node:(http|https|net|tls|dns|child_process)/.test(name))).toEqual([]);
});

test('and "leakstop ledger verify" is the same code', () => {
  expect(reach(join(root, 'cli/leakstop.ts'))).toContain(join(root, 'cli/ledger-verify.ts'));
  expect(reach(program)).toContain(join(root, 'cli/ledger-verify.ts'));
});
