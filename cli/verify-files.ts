import type { KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LedgerFormatError } from '../shared/ledger/format/json.ts';
import { parsePublicKey } from '../shared/ledger/format/signature.ts';
import { mapBounded } from '../shared/ledger/verify/map-bounded.ts';
import type { CheckpointText } from '../shared/ledger/verify/checkpoint/check-checkpoints.ts';
import type { Source } from '../shared/ledger/verify/line/read-lines.ts';
import { fileFault } from './file-faults.ts';

const atOnce = 8;

/** Opens the files at some paths; a folder stands for all NDJSON files below it. `signal` ends every reading. */
export async function openFiles(
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Source[]> {
  const names = (await mapBounded(paths, atOnce, filesAt)).flat();
  return mapBounded([...new Set(names)], atOnce, (name) => openFile(name, signal));
}

async function filesAt(path: string): Promise<string[]> {
  if (path === '-') {
    throw new LedgerFormatError('Cannot verify standard input: a file is read more than once: save it first');
  }
  if (!(await stat(path)).isDirectory()) {
    return [path];
  }
  const names = (await readdir(path, { recursive: true })).filter((name) => name.endsWith('.ndjson')).sort();
  if (names.length === 0) {
    throw new LedgerFormatError(`Cannot verify "${path}": the folder holds no file *.ndjson`);
  }
  return names.map((name) => join(path, name));
}

async function openFile(path: string, signal: AbortSignal | undefined): Promise<Source> {
  const found = await stat(path);
  if (!found.isFile()) {
    throw new LedgerFormatError(
      `Cannot verify "${path}": it is no file but a pipe or a device, and a file is read more than once: save it first`,
    );
  }
  return {
    name: path,
    path: resolve(path),
    size: found.size,
    open: (start = 0) => bytesOf(path, start, signal),
  };
}

async function* bytesOf(
  path: string,
  start: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { start, highWaterMark: 262_144, signal }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw named(error, path, signal);
  }
}

/** @throws LedgerFormatError that names the file, if it holds no public key */
export async function readKey(path: string): Promise<KeyObject> {
  try {
    return parsePublicKey(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof LedgerFormatError) {
      throw new LedgerFormatError(`${error.message} ("${path}")`, { cause: error });
    }
    throw named(error, path);
  }
}

/** Form of a checkpoint's file name. Their container also holds segments and the records of halts. */
const checkpointFile = /(^|[\\/])\d{10}\.json$/;

/** Names of the checkpoints in a folder, by number. */
export async function checkpointNames(folder: string): Promise<string[]> {
  const all = await readdir(folder, { recursive: true });
  const names = all.filter((name) => checkpointFile.test(name)).sort();
  if (names.length === 0) {
    throw new LedgerFormatError(`Cannot read the checkpoints: "${folder}" holds none (0000000001.json ...)`);
  }
  return names;
}

/** Yields checkpoints by number: their names are padded numbers, so they sort by name. */
export async function* readCheckpoints(
  folder: string,
  names: readonly string[],
): AsyncGenerator<CheckpointText> {
  for (const name of names) {
    const path = join(folder, name);
    try {
      yield { name: path, text: await readFile(path, 'utf8') };
    } catch (error) {
      throw named(error, path);
    }
  }
}

/** The error with the file's name; or the signal's reason, if the signal ended everything. */
function named(error: unknown, path: string, signal?: AbortSignal): unknown {
  if (signal?.aborted) {
    return signal.reason;
  }
  const message = fileFault(error, path);
  return message === undefined ? error : new LedgerFormatError(message, { cause: error });
}
