import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { caseMoves, type CaseEntryKind } from '../../shared/ledger/format/states.ts';
import { houses, productionFiles } from './import-graph.ts';

const documents = [...globSync('{*.md,docs/*.md}'), 'infra/README.md', 'shared/ledger/README.md'];
const roots = new Set([...houses, 'test', 'docs', 'dist-verify']);
const code = productionFiles().map((file) => readFileSync(file, 'utf8'));
const words = new Set([...code, ...supportTexts()].flatMap((text) => text.match(/[\w$]+(?:-[\w]+)*/g) ?? []));

function supportTexts(): string[] {
  const tests = globSync([
    'test/support/*.ts',
    '*.{mjs,json,ts}',
    'infra/generated/*',
    'infra/*.yaml',
    'host.json',
  ]);
  return tests.map((file) => readFileSync(file, 'utf8'));
}

const read = (document: string) => readFileSync(document, 'utf8');

/** Text between single backticks, outside of blocks of code. */
function quoted(document: string): readonly string[] {
  const text = currentOf(document).replaceAll(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, quote]) => quote!);
}

/** A document without decisions that no longer hold, which may name what is gone. */
function currentOf(document: string): string {
  const sections = read(document).split(/^(?=## )/m);
  return sections.filter((section) => !section.includes('**Overtaken')).join('');
}

/** The anchor that GitHub gives a heading. */
function anchorsOf(document: string): readonly string[] {
  const headings = read(document).match(/^#+ .+$/gm) ?? [];
  return headings.map((heading) =>
    heading
      .replace(/^#+ /, '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(documents)('%s', (document) => {
  it('names only files and folders that are there', () => {
    const paths = quoted(document).filter(
      (quote) => /^[\w.-]+\/[\w./-]*$/.test(quote) && roots.has(quote.split('/')[0]!),
    );
    const isThere = (path: string) => existsSync(path) || existsSync(join(dirname(document), path));
    expect(paths.filter((path) => !path.startsWith('dist') && !isThere(path))).toEqual([]);
  });

  it('names only what the code knows', () => {
    const names = quoted(document).filter((quote) =>
      /^[a-z]+(?:[A-Z][a-z\d]*)+$|^(?:[A-Z][a-z\d]+){2,}$|^[a-z]+(?:-[a-z]+)+$/.test(quote),
    );
    expect(names.filter((name) => !words.has(name))).toEqual([]);
  });

  it('has links that lead somewhere', () => {
    const targets = [...read(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
    const lost = targets.filter((target) => {
      const [path, anchor] = target.split('#');
      const file = path === '' ? document : join(dirname(document), path!);
      return !(
        /^https?:/.test(target) ||
        (existsSync(file) && (anchor === undefined || anchorsOf(file).includes(anchor)))
      );
    });
    expect(lost).toEqual([]);
  });
});

it('DECISIONS lists each decision once, by area', () => {
  const [index, ...decisions] = read('DECISIONS.md').split(/^(?=## \d)/m);
  const listed = [...index!.matchAll(/\[(\d+) /g)].map(([, number]) => Number(number));
  expect(listed.toSorted((one, other) => one - other)).toEqual(decisions.map((_, position) => position + 1));
});

describe('ARCHITECTURE', () => {
  it('says where is what: each name is exported by the file beside it', () => {
    const rows = [...read('ARCHITECTURE.md').matchAll(/^\|[^|]+\| `([\w./-]+\.m?[jt]s)` `(\w+)` +\|$/gm)];
    expect(rows.length).toBeGreaterThan(25);
    const wrong = rows.filter(
      ([, file, name]) =>
        !new RegExp(`^export (?:async )?(?:function|const|class|interface|type) ${name}\\b`, 'm').test(
          existsSync(file!) ? read(file!) : '',
        ),
    );
    expect(wrong.map(([row]) => row)).toEqual([]);
  });

  it('has the moves of a case as they are, and who writes each', () => {
    const rows = [
      ...read('ARCHITECTURE.md').matchAll(/^\| `([a-z-]+)` +\| (.+?) +\| (.+?) +\| (.+?) +\|$/gm),
    ];
    const kinds = Object.keys(caseMoves) as CaseEntryKind[];
    expect(rows.map((row) => row.slice(1))).toEqual(
      kinds.map((kind) => [
        kind,
        fromText(kind),
        caseMoves[kind].to === 'same' ? 'as before' : caseMoves[kind].to,
        writersOf(kind),
      ]),
    );
  });

  it('draws no move of a case that is not legal', () => {
    const drawn = [...read('ARCHITECTURE.md').matchAll(/^ {2}(\S+) --> (\w+): ([a-z-]+)$/gm)];
    expect(drawn.length).toBeGreaterThan(10);
    const wrong = drawn.filter(([, from, to, kind]) => {
      const { from: legal, to: after } = caseMoves[kind as CaseEntryKind];
      const state = from === '[*]' ? 'none' : from!.replace('_', '-');
      return !(legal as readonly string[]).includes(state) || after !== to!.replace('_', '-');
    });
    expect(wrong.map(([line]) => line)).toEqual([]);
  });
});

function fromText(kind: CaseEntryKind): string {
  const { from } = caseMoves[kind];
  const isEveryOpenState = from.length === 8;
  return isEveryOpenState ? 'every state but closed' : from.join(', ');
}

/** Rooms whose files move a case by an entry of that kind. */
function writersOf(kind: CaseEntryKind): string {
  const opens = kind === 'case-opened' ? '\\bdraft\\.open\\(|' : '';
  const moves = new RegExp(
    `${opens}(?:move\\(\\s*(?:[\\w.]+,\\s*)*|\\bkind: (?:[\\w ?=]+\\? )?(?:'[\\w-]+' : )?)'${kind}'`,
  );
  const files = globSync('shared/{engine,approval}/**/*.ts').filter((file) => moves.test(read(file)));
  const rooms = files.map((file) => dirname(file).split('/').at(-1)!);
  return rooms.length === 0 ? '–' : [...new Set(rooms)].toSorted().join(', ');
}
