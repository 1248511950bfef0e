import { type FileHandle, open, rename, stat } from 'node:fs/promises';
import { LedgerFormatError } from '../shared/ledger/format/json.ts';
import type { Output } from './output.ts';

/** The destination of an export. */
export interface Target {
  /** Path of the file at present; undefined for standard output. A CSV has another name until it is complete. */
  readonly file: string | undefined;
  readonly write: (text: string) => Promise<void>;
  /** Called once everything is written. */
  readonly finish: () => Promise<void>;
  /** Called if the export is incomplete: the written part stays, and does not look complete. */
  readonly abandon: () => Promise<void>;
}

interface Wanted {
  readonly output?: string;
  readonly resume?: string;
  readonly format: 'ndjson' | 'csv';
  readonly force?: true;
}

/** UTF-16 units that are gathered before they are written. */
const bufferedUnits = 262_144;

/**
 * Opens the file that an export goes to, cut to `length` if an export is continued.
 * @throws LedgerFormatError if the file exists already
 */
export async function openTarget(
  wanted: Wanted,
  length: number | undefined,
  output: Output,
): Promise<Target> {
  const path = wanted.resume ?? wanted.output;
  if (path === undefined) {
    const nothing = () => Promise.resolve();
    return { file: undefined, write: (text) => output.data(text), finish: nothing, abandon: nothing };
  }
  if (wanted.resume === undefined && !wanted.force && (await isThere(path))) {
    throw new LedgerFormatError(`Cannot write "${path}": it is there already (--force overwrites it)`);
  }
  // A table has no last line whose absence shows, so the file gets its name once it is complete.
  return wanted.format === 'csv' ? csvTarget(path) : fileTarget(path, await openAt(path, length));
}

async function openAt(path: string, length: number | undefined): Promise<FileHandle> {
  if (length === undefined) {
    return open(path, 'w');
  }
  const handle = await open(path, 'a');
  await handle.truncate(length);
  return handle;
}

async function csvTarget(path: string): Promise<Target> {
  const part = `${path}.part`;
  const target = fileTarget(part, await open(part, 'w'));
  let file = part;
  return {
    ...target,
    get file() {
      return file;
    },
    finish: async () => {
      await target.finish();
      await rename(part, path);
      file = path;
    },
  };
}

function fileTarget(file: string, handle: FileHandle): Target {
  let buffered: string[] = [];
  let units = 0;
  const flush = async (): Promise<void> => {
    const text = buffered.join('');
    buffered = [];
    units = 0;
    await handle.appendFile(text);
  };
  return {
    file,
    write: async (text) => {
      buffered.push(text);
      units += text.length;
      if (units >= bufferedUnits) {
        await flush();
      }
    },
    finish: async () => {
      await flush();
      await handle.sync();
      await handle.close();
    },
    abandon: async () => {
      await flush();
      await handle.close();
    },
  };
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
