import { existsSync, globSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { expect, it } from 'vitest';
import { productionFiles } from './import-graph.ts';

/** Folders of tests of the whole, and what tests stand on: no source folder has their names. */
const ofTheWhole = [
  'catalogue',
  'contention',
  'crash',
  'e2e',
  'fixtures',
  'layout',
  'outage',
  'support',
  'unused',
];
/** Folders of the sandbox's tests for what they share. */
const harnesses = ['sandbox/harness'];

const sources = productionFiles();
const tests = globSync('**/*.test.ts', { cwd: 'test' }).toSorted();
const mirrored = tests.filter((test) => !ofTheWhole.includes(test.split('/')[0]!));

/** Name of what a test is about: `merge` for `merge.laws.test.ts`. */
const nameOf = (test: string) => basename(test).split('.')[0]!;

it('every folder of tests has the folder of sources whose name it bears', () => {
  const folders = [...new Set(globSync('**/*.ts', { cwd: 'test' }).map((path) => dirname(path)))];
  const own = folders.filter(
    (folder) => !ofTheWhole.includes(folder.split('/')[0]!) && !harnesses.includes(folder),
  );
  expect(own.filter((folder) => folder !== '.' && !existsSync(folder))).toEqual([]);
});

it('a test with the name of a source file of its house lies where that file lies', () => {
  const misplaced = mirrored.flatMap((test) => {
    const [house] = test.split('/');
    const namesakes = sources.filter(
      (source) =>
        source.startsWith(`${house}/`) && basename(source).replace(/\.m?[jt]s$/, '') === nameOf(test),
    );
    const isBeside = namesakes.some((source) => dirname(source) === dirname(test));
    return namesakes.length === 0 || isBeside ? [] : [`test/${test}: ${namesakes.join(', ')}`];
  });
  expect(misplaced).toEqual([]);
});

it('no folder of tests of the whole is left behind', () => {
  expect(ofTheWhole.filter((folder) => !existsSync(`test/${folder}`))).toEqual([]);
});
