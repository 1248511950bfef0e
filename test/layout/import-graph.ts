import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** Folders whose files run: in Azure, on somebody's machine, or as the sandbox. */
export const houses = ['remediators', 'shared', 'functions', 'pages', 'cli', 'sandbox', 'bench', 'infra'];

/** One file that imports another, for its types or for more. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** Paths from the project's root of every file of ours that is no test. */
export function productionFiles(): readonly string[] {
  return globSync(`{${houses.join(',')}}/**/*.{ts,mjs}`, { exclude: ['**/fixtures/**'] }).toSorted();
}

/** Every folder that holds such a file, or a folder that does. */
export function foldersOf(files: readonly string[]): readonly string[] {
  const all = files.flatMap((file) => {
    const parts = file.split('/').slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  });
  return [...new Set(all)].toSorted();
}

/** Every import of a file of ours by another. Specifiers are relative and whole, so that no resolver is needed. */
export function importsOf(files: readonly string[]): readonly Import[] {
  return files.flatMap((from) =>
    ts
      .preProcessFile(readFileSync(from, 'utf8'), true, true)
      .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => ({ from, to: join(dirname(from), fileName) })),
  );
}

/** The folder or file directly inside a house that a path belongs to; undefined for what lies outside. */
export function entryOf(house: string, path: string): string | undefined {
  return path.startsWith(`${house}/`) ? path.slice(house.length + 1).split('/')[0] : undefined;
}

/** Imports between what lies directly inside a house, each pair once. */
export function importsInside(house: string, imports: readonly Import[]): readonly Import[] {
  const pairs = new Map<string, Import>();
  for (const { from: importer, to: imported } of imports) {
    const [from, to] = [entryOf(house, importer), entryOf(house, imported)];
    if (from !== undefined && to !== undefined && from !== to) {
      pairs.set(`${from} ${to}`, { from, to });
    }
  }
  return [...pairs.values()];
}

/** One circle of imports, as its members in order; undefined if there is none. */
export function circleIn(imports: readonly Import[]): readonly string[] | undefined {
  let left = imports;
  for (;;) {
    const importers = new Set(left.map(({ from }) => from));
    const rest = left.filter(({ to }) => importers.has(to));
    if (rest.length === left.length) {
      break;
    }
    left = rest;
  }
  const [first] = left;
  return first === undefined ? undefined : walk(first.from, new Map(left.map(({ from, to }) => [from, to])));
}

/** Follows one import of each member until a member comes again: where everybody imports somebody, one does. */
function walk(start: string, next: ReadonlyMap<string, string>): readonly string[] {
  const way: string[] = [];
  for (let at = start; ; at = next.get(at) ?? start) {
    const seen = way.indexOf(at);
    way.push(at);
    if (seen >= 0) {
      return way.slice(seen);
    }
  }
}
