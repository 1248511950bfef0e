import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { LedgerFormatError } from '../shared/ledger/format/json.ts';
import { parsePublicKey } from '../shared/ledger/format/signature.ts';
import type { CheckpointText } from '../shared/ledger/verify/checkpoints-check.ts';
import type { Source } from '../shared/ledger/verify/source.ts';
import type { Verdict } from '../shared/ledger/verify/verdict.ts';
import { verifyLedger } from '../shared/ledger/verify/verify-ledger.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import { verdictText } from './verdict-text.ts';

interface Options {
  readonly checkpoints?: string;
  readonly publicKey?: readonly string[];
  readonly chain?: readonly string[];
  readonly partial?: true;
  readonly json?: true;
}

const help = `
Needs no network, no login and nothing of the service: only files.

What vouches for a history is a checkpoint: the ends of all chains, signed with a key that nobody who can write the
ledger can read. Get the public key from whoever runs the key vault, not from where the files are.

Examples:
  leakstop ledger verify export.ndjson --checkpoints checkpoints --public-key ledger.pem
  leakstop ledger verify segments --checkpoints checkpoints --public-key ledger.pem
  leakstop ledger verify export.ndjson             (says at most that the file fits together)

The first line of the answer is one of
  VOUCHED by signed checkpoints ...    and then from which entry on nothing vouches    exit code 0
  FAULTY ...                           and then what is wrong, and where               exit code 1
  CONSISTENT, BUT NOT VOUCHED FOR ...  it may have been made anew as a whole           exit code 4`;

/** `leakstop ledger verify`. */
export function ledgerVerify(output: Output, end: (code: ExitCode) => void): Command {
  return new Command('verify')
    .summary('check exports and segments offline')
    .description(
      'Checks every hash, link, body and case transition of exports and segments, against signed checkpoints.',
    )
    .argument('<file...>', 'exports and segments (NDJSON), or folders with them')
    .option('--checkpoints <folder>', 'the checkpoints, as they lie in their container')
    .option('--public-key <file...>', 'PEM or JWK; more than one if the key was changed')
    .option('--chain <name...>', "only these chains are asked for: a subscription's id, tenant or service")
    .option(
      '--partial',
      'only a part was given: say what is missing around it, and do not count it as a finding',
    )
    .option('--json', 'print the verdict as JSON')
    .addHelpText('after', help)
    .action(async (files: string[], options: Options) => {
      const verdict = await verifyFiles(files, options);
      await output.write(options.json ? `${JSON.stringify(verdict, null, 2)}\n` : verdictText(verdict));
      end(codeOf(verdict));
    });
}

function codeOf({ outcome }: Verdict): ExitCode {
  switch (outcome) {
    case 'vouched':
      return exitCodes.ok;
    case 'faulty':
      return exitCodes.finding;
    case 'unvouched':
      return exitCodes.unvouched;
  }
}

async function verifyFiles(files: readonly string[], options: Options): Promise<Verdict> {
  const names = (await Promise.all(files.map(filesAt))).flat();
  const folder = options.checkpoints;
  return verifyLedger({
    files: await Promise.all(names.map(openFile)),
    keys: await Promise.all((options.publicKey ?? []).map(readKey)),
    ...(folder !== undefined && { checkpoints: readCheckpoints(folder, await checkpointNames(folder)) }),
    ...(options.chain && { chains: options.chain.map((name) => name.toLowerCase()) }),
    isPartial: options.partial ?? false,
  });
}

/** A file, or all NDJSON files below a folder. */
async function filesAt(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) {
    return [path];
  }
  const names = (await readdir(path, { recursive: true })).filter((name) => name.endsWith('.ndjson')).sort();
  if (names.length === 0) {
    throw new LedgerFormatError(`Cannot verify "${path}": the folder holds no file *.ndjson`);
  }
  return names.map((name) => join(path, name));
}

async function openFile(path: string): Promise<Source> {
  const { size } = await stat(path);
  return { name: path, size, open: (start = 0) => createReadStream(path, { start, highWaterMark: 262_144 }) };
}

async function readKey(path: string) {
  try {
    return parsePublicKey(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof LedgerFormatError) {
      throw new LedgerFormatError(`${error.message} ("${path}")`, { cause: error });
    }
    throw error;
  }
}

/** Their container also holds segments and the records of halts. */
const checkpointFile = /(^|[\\/])\d{10}\.json$/;

async function checkpointNames(folder: string): Promise<string[]> {
  const all = await readdir(folder, { recursive: true });
  const names = all.filter((name) => checkpointFile.test(name)).sort();
  if (names.length === 0) {
    throw new LedgerFormatError(`Cannot read the checkpoints: "${folder}" holds none (0000000001.json ...)`);
  }
  return names;
}

/** Their names are padded numbers, so that sorting by name is sorting by number. */
async function* readCheckpoints(folder: string, names: readonly string[]): AsyncGenerator<CheckpointText> {
  for (const name of names) {
    const path = join(folder, name);
    yield { name: path, text: await readFile(path, 'utf8') };
  }
}
