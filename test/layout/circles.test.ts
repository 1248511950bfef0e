import { expect, it } from 'vitest';
import { circleIn, foldersOf, importsInside, importsOf, productionFiles } from './import-graph.ts';

const files = productionFiles();
const imports = importsOf(files);

it('no file imports itself by way of others, not even for a type', () => {
  expect(circleIn(imports)).toBeUndefined();
});

it('no folder imports itself by way of what lies beside it', () => {
  const houses = foldersOf(files).filter((path) => !path.startsWith('sandbox'));
  const circles = houses.map((house) => [house, circleIn(importsInside(house, imports))] as const);
  expect(circles.filter(([, circle]) => circle !== undefined)).toEqual([]);
});
