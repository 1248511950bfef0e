import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { productionFiles } from './import-graph.ts';

const houses = ['shared/', 'functions/', 'pages/', 'cli/', 'remediators/'];

/** The verifier is handed out alone and imports nothing of the contract: its format says what JSON is once more. */
const saidTwice = ['Json', 'JsonObject'];

/** Names of the types and classes that a source exports. */
function exportedTypes(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    const isType =
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isClassDeclaration(statement);
    const isExported =
      isType && statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
    return isExported && statement.name !== undefined ? [statement.name.text] : [];
  });
}

it('a word names one exported type', () => {
  const files = productionFiles().filter((file) => houses.some((house) => file.startsWith(house)));
  const places = new Map<string, string[]>();
  for (const file of files) {
    for (const name of exportedTypes(file)) {
      places.set(name, [...(places.get(name) ?? []), file]);
    }
  }
  const twins = [...places].filter(([, at]) => at.length > 1);
  expect(places.size).toBeGreaterThan(300);
  expect(twins.filter(([name]) => !saidTwice.includes(name))).toEqual([]);
  expect(twins.map(([name]) => name)).toEqual(expect.arrayContaining(saidTwice));
});
