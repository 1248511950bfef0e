import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultsOf } from './faults.ts';
import { keepers, readElsewhere } from './read-elsewhere.ts';
import { unusedMembers } from './unused-members.ts';

/** Each source declares its own types; what it names after the arrow is unused in it. */
const sources: readonly (readonly [title: string, source: string, unused: readonly string[]])[] = [
  [
    'a member that is written and never read',
    `export interface Row { readonly root: string; readonly dead: string }
     export const row: Row = { root: 'a', dead: 'b' };
     export const root = row.root;`,
    ['Row.dead'],
  ],
  [
    'reads by name, by pattern, by literal and by in',
    `export interface Row { a: string; b: string; c: string; d?: string; e: string; f: { g: string } }
     export function read(row: Row): unknown {
       const { b, f: { g }, ...rest } = row;
       return [row.a, b, g, row['c'], 'd' in row, rest.e];
     }`,
    [],
  ],
  [
    'an assignment, and a member that is only carried along',
    `export interface Row { a: string; kept: string[]; moved: string; set: string; names: string[] }
     export function next(row: Row): Row {
       row.set = 'x';
       const { names } = row;
       return { ...row, kept: [...row.kept, row.a].slice(1), moved: row.moved, names };
     }`,
    ['Row.kept', 'Row.moved', 'Row.set', 'Row.names'],
  ],
  [
    'what fits another type is read where that one is',
    `export interface Row { a: string; b: string; c: string; e: string }
     interface Other { readonly a: string; readonly c: string }
     const take = ({ a }: { readonly a: string }, others: readonly Other[]) => a + others.map(({ c }) => c).join();
     export const text = (row: Row): string => take(row, [row]);
     export const asOther = async (row: Row): Promise<Other> => row;
     export const b = ({ b }: Pick<Row, 'b'>): string => b;`,
    ['Row.e', 'Other.a'],
  ],
  [
    'what a generic function demands',
    `export interface Row { readonly until: string; readonly id: string }
     function within<R extends { readonly until: string }>(row: R): R | undefined {
       return row.until === '' ? undefined : row;
     }
     export const held = (row: Row): boolean => within(row) !== undefined;`,
    ['Row.id'],
  ],
  [
    'a type that fits the other one of a choice',
    `interface Control { readonly id: string; readonly title: string }
     export interface Own { readonly id: string; readonly title: string; readonly ends: string }
     declare const own: Own, control: Control | undefined;
     const one = (): Control => control ?? own;
     export const text = [one().title, [own, control].map((each) => each?.id)];`,
    ['Own.ends'],
  ],
  [
    'what is handed out whole',
    `export interface Answer { readonly a: string; readonly inner: { readonly b: string }; later?(): void }
     export interface Sent { readonly c: string }
     export interface Listed { readonly d: string }
     declare const answer: Answer, sent: Sent, listed: Listed;
     export const texts = [JSON.stringify(answer), Object.entries(listed)];
     export const json: Readonly<Record<string, unknown>> = { sent };`,
    ['Answer.later'],
  ],
  [
    'methods of types and classes',
    `export interface Store { begin(): void; remember(): void }
     export class Memory implements Store {
       begin(): void { this.#count(); }
       remember(): void {}
       #count(): void {}
       override?: string;
     }
     export const open = (): Store => new Memory();
     open().begin();`,
    ['Store.remember', 'Memory.remember', 'Memory.override'],
  ],
  [
    'members of a schema',
    `import { z } from 'zod';
     const Row = z.object({ a: z.string(), dead: z.string(), format: z.literal(1), of: z.object({ b: z.string() }) });
     export const read = (row: unknown): string => { const { a, of } = Row.parse(row); return a + of.b; };
     const Checked = z.object({ c: z.string() });
     export const check = (row: unknown): boolean => Checked.safeParse(row).success;
     const Account = z.object({ kind: z.string(), properties: z.object({ tls: z.string(), other: z.string() }) });
     export const path = 'properties.tls';
     export const kind = (account: unknown): string => Account.parse(account).kind;`,
    ['Row.dead', 'Account.other'],
  ],
  [
    'a schema that reads another type',
    `import { z } from 'zod';
     interface Note { readonly id: string; readonly dead: string }
     const noteSchema: z.ZodType<Note> = z.object({ id: z.string(), dead: z.string() });
     export const idOf = (note: unknown): string => noteSchema.parse(note).id;`,
    ['Note.dead', 'noteSchema.dead'],
  ],
  [
    'types that others are held against',
    `type Step = { readonly kind: 'a'; readonly by: string } | { readonly kind: 'b' };
     export const policies = { gone: { retry: 'never' } } satisfies Record<string, { retry: string }>;
     export const by = (step: Extract<Step, { by: string }>): string => step.by;`,
    [],
  ],
];

/** Reads nothing but what it wrote itself. */
const kept = `export interface Stored { readonly a: string; readonly b: string }
  export const write = (stored: Stored): string => JSON.stringify(stored);
  export const a = (text: string): string => (JSON.parse(text) as Stored).a;`;

let root = '';
let found: ReturnType<typeof unusedMembers> = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'unused-members-'));
  await symlink(resolve('node_modules'), join(root, 'node_modules'));
  const written = new Map(sources.map(([, source], index) => [`shared/source-${index}.ts`, source]));
  written.set('shared/work/kept.ts', kept).set('shared/work/queue.ts', kept);
  written.set('tsconfig.json', JSON.stringify({ compilerOptions: { ...options, types: [] } }));
  for (const [file, text] of written) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  }
  const files = [...written.keys()].filter((file) => file.endsWith('.ts'));
  found = unusedMembers({ root, files, keepers });
});

const options = { target: 'ES2024', module: 'NodeNext', strict: true, exactOptionalPropertyTypes: true };

afterAll(() => rm(root, { recursive: true, force: true }));

function unusedIn(file: string): string[] {
  return found.filter((member) => member.file === file).map(({ owner, name }) => `${owner}.${name}`);
}

describe('unused members', () => {
  test.each(sources.map(([title, , unused], index) => [title, `shared/source-${index}.ts`, unused] as const))(
    '%s',
    (_, file, unused) => {
      expect(unusedIn(file)).toEqual(unused);
    },
  );

  test('to write a row of our own is not to read it', () => {
    expect(unusedIn('shared/work/kept.ts')).toEqual(['Stored.b']);
    expect(unusedIn('shared/work/queue.ts')).toEqual([]);
  });
});

describe('what is said', () => {
  const dead = { file: 'shared/work/work.ts', line: 48, owner: 'WorkRow', name: 'writes' };

  test('file, type, member and how to mend it', () => {
    expect(faultsOf([dead], [])).toEqual([
      'shared/work/work.ts:48: no production code reads WorkRow.writes: remove it where it is declared and written, or say in test/unused/read-elsewhere.ts who reads it',
    ]);
  });

  test('nothing of a member with a reason', () => {
    expect(faultsOf([dead], [{ file: dead.file, members: ['WorkRow.writes'], why: 'x' }])).toEqual([]);
    expect(faultsOf([dead], [{ file: dead.file, why: 'x' }])).toEqual([]);
  });

  test('a reason that keeps nothing any more', () => {
    const stale = { file: dead.file, members: ['WorkRow.root', 'WorkRow.writes'], why: 'x' };
    expect(faultsOf([dead], [stale])).toEqual([
      'shared/work/work.ts: WorkRow.root is read: drop it from test/unused/read-elsewhere.ts',
    ]);
  });
});

test('each member that is kept has a reason', () => {
  for (const { why } of readElsewhere) {
    expect(why).toMatch(/^[A-Z].{20,}\.$/);
  }
});
