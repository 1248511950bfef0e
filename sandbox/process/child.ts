import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const exitWithParent = new URL('exit-with-parent.mjs', import.meta.url).href;

export interface ChildOptions {
  /** Script that the child runs. */
  readonly script: string;
  readonly args?: readonly string[];
  /** The whole environment of the child: nothing is inherited but what is named here. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  /** Each line that the child prints, without its end. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** Starts a Node process that ends when this one does. Its channel carries messages both ways. */
export function startChild(options: ChildOptions): ChildProcess {
  const child = spawn(
    process.execPath,
    ['--no-warnings', '--import', exitWithParent, options.script, ...(options.args ?? [])],
    {
      cwd: options.workingDirectory,
      env: { ...inherited(), ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
    },
  );
  readLines(child.stdout, (line) => options.onLine?.(line, 'stdout'));
  readLines(child.stderr, (line) => options.onLine?.(line, 'stderr'));
  return child;
}

/**
 * Ends a child: asks with `signal`, and kills it when it has not gone after `patienceMs`. Resolves once it has
 * gone.
 */
export async function stopChild(
  child: ChildProcess,
  signal: NodeJS.Signals = 'SIGTERM',
  patienceMs = 5_000,
): Promise<void> {
  if (hasEnded(child)) {
    return;
  }
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await gone;
  clearTimeout(timer);
}

/** Whether a child has gone, by itself or killed. */
export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** What a child needs of this process to run at all: nothing that a test runner or a shell may have set beside. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'SystemRoot', 'TEMP'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function readLines(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream !== null) {
    createInterface({ input: stream }).on('line', onLine);
  }
}
