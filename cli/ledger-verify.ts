import { Command, InvalidArgumentError } from 'commander';
import { chainPattern } from '../shared/ledger/format/keys.ts';
import type { LedgerVerdict } from '../shared/ledger/verify/verdict/verdict.ts';
import { verifyLedger } from '../shared/ledger/verify/verdict/verify-ledger.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import { verdictText } from './verdict-text.ts';
import { checkpointNames, openFiles, readCheckpoints, readKey } from './verify-files.ts';

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

Examples, with PROGRAM for how this program was started:
  PROGRAM export.ndjson --checkpoints checkpoints --public-key ledger.pem
  PROGRAM segments --checkpoints checkpoints --public-key ledger.pem
  PROGRAM export.ndjson             (says at most that the file fits together)

The first line of the answer is one of
  VOUCHED by signed checkpoints ...    and then from which entry on nothing vouches    exit code 0
  VOUCHED, HEADERS ONLY, ...           the same, and bodies were left out by a filter      exit code 0
  FAULTY ...                           and then what is wrong, and where               exit code 1
  CONSISTENT, BUT NOT VOUCHED FOR ...  all of it, or a chain, may have been made anew  exit code 4
  INCOMPLETE ...                       only with --partial: it ends before what was signed  exit code 4`;

/** `leakstop ledger verify`, and the whole of the program `leakstop-verify`. `signal` ends it. */
export function ledgerVerify(output: Output, end: (code: ExitCode) => void, signal?: AbortSignal): Command {
  return new Command('verify')
    .summary('check exports and segments offline')
    .description(
      'Checks every hash, link, body and case transition of exports and segments, against signed checkpoints.',
    )
    .argument('<file...>', 'exports and segments (NDJSON), or folders with them')
    .option('--checkpoints <folder>', 'the checkpoints, as they lie in their container')
    .option('--public-key <file>', 'PEM or JWK; again for each key, if the key was changed', oneMore)
    .option(
      '--chain <name>',
      "only this chain is asked for: a subscription's id, tenant or service; again for more",
      (name: string, before: readonly string[] | undefined) => oneMore(chainName(name), before),
    )
    .option(
      '--partial',
      'only a part was given: say what is missing around it, and do not count it as a finding',
    )
    .option('--json', 'print the verdict as JSON')
    .addHelpText('after', help)
    .showHelpAfterError('Add --help for what it takes, with examples.')
    .action(async (files: string[], options: Options) => {
      const verdict = await verifyFiles(files, options, signal);
      await output.write(options.json ? `${JSON.stringify(verdict, null, 2)}\n` : verdictText(verdict));
      end(codeOf(verdict));
    });
}

/**
 * Collects the values of an option that takes one value each time: an option with several values would swallow the files
 * behind it.
 */
function oneMore(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function chainName(text: string): string {
  const name = text.toLowerCase();
  if (!chainPattern.test(name)) {
    throw new InvalidArgumentError("Expected a subscription's id, tenant or service.");
  }
  return name;
}

function codeOf({ outcome }: LedgerVerdict): ExitCode {
  switch (outcome) {
    case 'vouched':
      return exitCodes.ok;
    case 'faulty':
      return exitCodes.finding;
    case 'unvouched':
    case 'incomplete':
      return exitCodes.unvouched;
  }
}

async function verifyFiles(
  files: readonly string[],
  options: Options,
  signal: AbortSignal | undefined,
): Promise<LedgerVerdict> {
  const folder = options.checkpoints;
  return verifyLedger({
    files: await openFiles(files, signal),
    keys: await Promise.all((options.publicKey ?? []).map(readKey)),
    ...(folder !== undefined && { checkpoints: readCheckpoints(folder, await checkpointNames(folder)) }),
    ...(options.chain && { chains: options.chain }),
    isPartial: options.partial ?? false,
  });
}
