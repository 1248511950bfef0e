import { existsSync, globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';

/**
 * What a test file needs to run. `unit`: nothing but this process. `world`: servers, other processes or a browser. `app`: a
 * world with the built app in it. `long`: minutes of kill matrices and the like, which `npm test` leaves out.
 */
export const levels = ['unit', 'world', 'app', 'long'] as const;
export type Level = (typeof levels)[number];

/** Modules that make a world of whatever imports them, directly or through others. */
export const doorsToWorld: readonly string[] = [
  'sandbox/wire/listening.ts',
  'sandbox/process/child.ts',
  'node:child_process',
  'azurite',
  'esbuild',
  'playwright-core',
];
export const doorToApp = 'test/e2e/built-app.ts';
/** What imports one of them has a long form, which `npm run test:long` runs: laws, and what asks how much is wanted. */
const doorsToLongForm = ['fast-check', 'test/support/effort.ts'];

export interface TestFile {
  readonly path: string;
  readonly level: Level;
  /** Whether the file is run once more at length. */
  readonly hasLongForm: boolean;
  /** Modules of ours that are loaded with it and do not exist: then its level is a guess. */
  readonly missing: readonly string[];
}

const isLong = (path: string): boolean => path.endsWith('.long.test.ts');

/** All test files below the working directory, each with its level as its imports tell it. */
export function testFiles(): readonly TestFile[] {
  const importsOf = rememberImports();
  return globSync('test/**/*.test.ts')
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => {
      const reached = reachedFrom(path, importsOf);
      return {
        path,
        level: levelOf(path, reached),
        hasLongForm: !isLong(path) && doorsToLongForm.some((door) => reached.has(door)),
        missing: [...reached].filter((module) => isCode(module) && !existsSync(module)),
      };
    });
}

export function levelOf(path: string, reached: ReadonlySet<string>): Level {
  if (isLong(path)) {
    return 'long';
  }
  if (reached.has(doorToApp)) {
    return 'app';
  }
  return doorsToWorld.some((door) => reached.has(door)) ? 'world' : 'unit';
}

/** The modules that are loaded with a file: our own by path, others by name. */
function reachedFrom(path: string, importsOf: (path: string) => readonly string[]): ReadonlySet<string> {
  const reached = new Set([path]);
  for (const module of reached) {
    if (isCode(module)) {
      importsOf(module).forEach((next) => reached.add(next));
    }
  }
  return reached;
}

/** How a module is named by whoever needs it, other than for its types: imported, imported later, or run as a process. */
const namings = [
  /^(?:import|export)\b(?!\s+type\b)(?:[^;'"`]*?\bfrom)?\s*['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"]([^'"]+)['"]/g,
  /\bnew URL\(\s*['"]([^'"]+\.m?ts)['"],\s*import\.meta\.url/g,
];

function rememberImports(): (path: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (path) => {
    const imports = known.get(path) ?? readImports(path);
    known.set(path, imports);
    return imports;
  };
}

function readImports(path: string): readonly string[] {
  return existsSync(path) ? importsIn(path, readFileSync(path, 'utf8')) : [];
}

/** The modules that a text names: ours by the path from the working directory, others by the name of the package. */
export function importsIn(path: string, text: string): readonly string[] {
  return namings
    .flatMap((pattern) => Array.from(text.matchAll(pattern), ([, specifier = '']) => specifier))
    .map((specifier) => (isOurs(specifier) ? pathOf(path, specifier) : packageOf(specifier)));
}

const isCode = (module: string): boolean => /\.(?:m?ts|mjs)$/.test(module);
const isOurs = (specifier: string): boolean => specifier.startsWith('.') || isCode(specifier);

function pathOf(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier)).replaceAll('\\', '/');
}

function packageOf(specifier: string): string {
  if (builtinModules.includes(specifier)) {
    return `node:${specifier}`;
  }
  return specifier.startsWith('node:')
    ? specifier
    : specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
