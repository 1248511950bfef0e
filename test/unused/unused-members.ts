import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { type Member, membersIn } from './declared-members.ts';
import { Flow } from './flow.ts';
import { notePasses } from './passes.ts';
import { noteReads } from './reads.ts';
import { Usage } from './usage.ts';

/** Folders whose code is deployed or handed to people. What only others read, tests among them, is not used. */
export const production = ['functions', 'remediators', 'shared', 'pages', 'cli'];

/** What the search is told beside the sources. */
export interface Search {
  /** Folder that the sources and the tsconfig.json lie in. */
  readonly root: string;
  readonly files: readonly string[];
  /** Files that write what only we read: to write there is not to read. */
  readonly keepers: readonly RegExp[];
}

/** The members that no production code reads, in the order of the files. */
export function unusedMembers({ root, files, keepers }: Search): Member[] {
  const program = ts.createProgram(
    files.map((file) => join(root, file)),
    optionsIn(root),
  );
  const checker = program.getTypeChecker();
  const sources = program.getSourceFiles().filter((source) => isOurs(source));
  const usage = new Usage();
  const flow = new Flow(checker, usage, isOurs);
  for (const source of sources) {
    const isRead = !keepers.some((keeper) => keeper.test(pathOf(source)));
    const visit = (node: ts.Node): void => {
      noteReads({ checker, usage, flow }, node);
      notePasses({ checker, usage, flow }, node, isRead);
      node.forEachChild(visit);
    };
    visit(source);
  }
  const used = usage.all();
  return sources.flatMap((source) => {
    const members = membersIn(source, pathOf(source));
    const unused = members.filter(({ declaration }) => !used.has(declaration));
    return unused.filter((member) => !isCheckedOnly(member, members, unused, source.text));
  });

  function isOurs(source: ts.SourceFile): boolean {
    return !pathOf(source).startsWith('..') && !source.fileName.includes('/node_modules/');
  }

  function pathOf(source: ts.SourceFile): string {
    return relative(root, source.fileName);
  }
}

/**
 * A schema of which nothing is taken out is there to check a value as a whole. A control checks the properties in its schema
 * and reads them by their paths.
 */
function isCheckedOnly(
  { owner, name, isChecked }: Member,
  members: readonly Member[],
  unused: readonly Member[],
  text: string,
): boolean {
  const countOf = (some: readonly Member[]) =>
    some.filter((each) => each.isChecked && each.owner === owner).length;
  const path = name === 'properties' ? name : `properties\\.([\\w.]*\\.)?${name}`;
  const isRead = new RegExp(`'${path}['.]`).test(text);
  return isChecked && (countOf(unused) === countOf(members) || isRead);
}

function optionsIn(root: string): ts.CompilerOptions {
  const file = join(root, 'tsconfig.json');
  const config = ts.parseConfigFileTextToJson(file, readFileSync(file, 'utf8')).config as object;
  return ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root).options;
}
