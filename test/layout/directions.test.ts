import { describe, expect, it } from 'vitest';
import { entryOf, foldersOf, importsOf, productionFiles } from './import-graph.ts';

/** For each house its rooms, and for each room those beside it that it may import. */
type Directions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const configuration = new URL('../../eslint.config.mjs', import.meta.url).href;
const { directions } = (await import(configuration)) as { directions: Directions };
const files = productionFiles();
const imports = importsOf(files);
const folders = foldersOf(files);
const houses = Object.entries(directions);

/** The room of a house that a path lies in: a folder, or `.` for the house's own files. */
function roomOf(house: string, path: string): string | undefined {
  const entry = entryOf(house, path);
  return entry !== undefined && files.includes(`${house}/${entry}`) ? '.' : entry;
}

/** Every direction in which a file of a house imports another of it, such as `case → ledger`. */
function directionsTaken(house: string): ReadonlySet<string> {
  const taken = imports.map(({ from, to }) => [roomOf(house, from), roomOf(house, to)] as const);
  return new Set(
    taken
      .filter(([from, to]) => from !== undefined && to !== undefined && from !== to)
      .map(([from, to]) => `${from} → ${to}`),
  );
}

describe.each(houses)('the directions of %s', (house, table) => {
  const rows = Object.keys(table);
  const allowed = Object.entries(table).flatMap(([from, may]) => may.map((to) => `${from} → ${to}`));

  it('name only rows above, so that no circle can be allowed', () => {
    // A house whose own files lie between its folders has no row for them: the test of circles looks after it.
    const between = rows.includes('.') ? [] : ['.'];
    const wrong = allowed.filter((way) => {
      const [from, to] = way.split(' → ');
      return ![...between, ...rows.slice(0, rows.indexOf(from!))].includes(to!);
    });
    expect(wrong).toEqual([]);
  });

  it('have a row for every folder, and no row for a folder that is gone', () => {
    const inside = folders.filter((path) => path.startsWith(`${house}/`)).map((path) => entryOf(house, path));
    expect(rows.filter((row) => row !== '.').toSorted()).toEqual([...new Set(inside)].toSorted());
  });

  it('are what the imports obey', () => {
    const between = [...directionsTaken(house)].filter((way) => rows.includes(way.split(' → ')[0]!));
    expect(between.filter((way) => !allowed.includes(way))).toEqual([]);
  });

  it('allow nothing that no import needs', () => {
    const taken = directionsTaken(house);
    expect(allowed.filter((way) => !taken.has(way))).toEqual([]);
  });
});

it('stand for each folder of shared/ that holds folders', () => {
  const holding = folders.filter((path) => folders.some((other) => other.startsWith(`${path}/`)));
  const inShared = holding.filter((path) => path.split('/')[0] === 'shared');
  expect(inShared.filter((path) => !Object.hasOwn(directions, path))).toEqual([]);
});
