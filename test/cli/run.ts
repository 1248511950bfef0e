import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Context, runLeakstop } from '../../cli/leakstop.ts';
import { catalogue } from '../../remediators/index.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** What a command line left behind. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly told: string;
}

/** Runs a command line in this process. */
export async function run(line: readonly string[], given: Partial<Context> = {}): Promise<Ended> {
  let out = '';
  let told = '';
  const code = await runLeakstop(line, {
    environment: {},
    clock: new ManualClock(),
    signal: new AbortController().signal,
    openStorage: () => Promise.reject(new Error('no storage here')),
    openRecords: () => Promise.reject(new Error('no storage here')),
    openAzure: () => Promise.reject(new Error('no Azure here')),
    openApi: () => Promise.reject(new Error('no service here')),
    ask: undefined,
    loadPolicy: () => Promise.reject(new Error('no policy here')),
    remediators: catalogue,
    stdin: Readable.from([]),
    terminal: { isTerminal: false },
    progress: () => ({ advance: () => undefined, stop: () => undefined }),
    ...given,
    output: {
      write: (text) => {
        out += text;
        return Promise.resolve();
      },
      tell: (text) => void (told += `${text}\n`),
    },
  });
  return { code, out, told };
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'leakstop-cli-'));
}
