import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ViteUserConfig } from 'vitest/config';
import npmTest from '../vitest.config.ts';
import npmTestLong from '../vitest.long.config.ts';
import { doorsToWorld, doorToApp, importsIn, levelOf, testFiles } from './support/levels.ts';

/** Folders of which every test runs in its own process: what they hold is pure. */
const pure = [
  'remediators',
  'shared/contract',
  'shared/ledger/format',
  'shared/ledger/verify',
  'shared/policy',
  'shared/preview',
  'shared/text',
  'shared/words',
];

const files = testFiles();

/** The files that a configuration runs, as often as it runs them. */
function includedBy({ test = {} }: ViteUserConfig): readonly string[] {
  const projects = (test.projects ?? [{ test }]) as ViteUserConfig[];
  return projects.flatMap((project) => project.test?.include ?? []);
}

describe('each test file', () => {
  it('is run by npm test or at length, once, and again at length where it has a long form', () => {
    const all = globSync('test/**/*.test.ts');
    const included = [...includedBy(npmTest), ...includedBy(npmTestLong)];
    const again = files.filter(({ hasLongForm }) => hasLongForm).map(({ path }) => path);
    expect(included.toSorted()).toEqual([...all, ...again].toSorted());
  });

  it('of a pure folder needs nothing but its process', () => {
    const others = files
      .filter(({ path }) => pure.some((folder) => path.startsWith(`test/${folder}/`)))
      .filter(({ level }) => level !== 'unit' && level !== 'long');
    expect(others).toEqual([]);
  });
});

describe('the level of a test follows from what is loaded with it', () => {
  const levelWith = (...modules: string[]) => levelOf('test/some.test.ts', new Set(modules));

  it.each(doorsToWorld)('%s makes it a test of a world', (door) => {
    expect(levelWith('vitest', door)).toBe('world');
  });

  it('the built app makes it a test of the app, whatever else is loaded', () => {
    expect(levelWith(...doorsToWorld, doorToApp)).toBe('app');
  });

  it('nothing of that leaves it a unit test', () => {
    expect(levelWith('vitest', 'node:fs', 'shared/clock.ts')).toBe('unit');
  });

  it('its name makes it a long one', () => {
    expect(levelOf('test/some.long.test.ts', new Set())).toBe('long');
  });
});

describe('what a module loads', () => {
  it.each<[string, string[]]>([
    ["import { a } from './a.ts';", ['test/a.ts']],
    ["import {\n  a,\n  type B,\n} from '../shared/a.ts';", ['shared/a.ts']],
    ["import * as all from 'playwright-core';", ['playwright-core']],
    ["import { AxeBuilder } from '@axe-core/playwright/deep';", ['@axe-core/playwright']],
    ["import './a.ts';", ['test/a.ts']],
    ["export { a } from './a.ts';", ['test/a.ts']],
    ["const { a } = await import('../shared/clock.ts');", ['shared/clock.ts']],
    ["const script = new URL('../shared/clock.ts', import.meta.url);", ['shared/clock.ts']],
    ["import { spawn } from 'child_process';", ['node:child_process']],
    ["import type { A } from './a.ts';", []],
    ["export type { A } from './a.ts';", []],
    ["const text = 'import of nothing';", []],
  ])('%j', (text, expected) => {
    expect(importsIn('test/some.ts', text)).toEqual(expected);
  });

  it('is there, wherever it is ours', () => {
    expect(files.flatMap(({ missing }) => missing)).toEqual([]);
  });
});
