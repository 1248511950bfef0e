import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { parsePublicKey } from '../shared/ledger/format/signature.ts';
import { rebuildTable } from '../shared/ledger/rebuild.ts';
import type { WriteContext } from './ledger-erase.ts';
import { untilSafeEnd } from './safe-end.ts';

interface Options {
  readonly tables: string;
  readonly blobs: string;
  readonly publicKey: readonly string[];
}

const help = `
Stop the app first. The folder is a copy of the container "checkpoints". Every checkpoint, signature, segment and entry is
verified before the first row is written. What was appended after the last checkpoint is not there afterwards.

The table "ledger" must hold no row of these chains: delete it and create it anew, or begin again so after an
interruption, which ends it at the next entry and says whether anything was written. If changes were stopped,
"leakstop ledger resume" lets them go on.`;

/** `leakstop ledger rebuild`. */
export function ledgerRebuild(context: WriteContext): Command {
  const { output, openRecords, signal } = context;
  return new Command('rebuild')
    .summary('make the table anew from segments')
    .description('Makes the table of the ledger anew from checkpoints and segments.')
    .argument('<folder>', 'a copy of the container of the checkpoints')
    .requiredOption('--public-key <file...>', 'PEM or JWK; more than one if the key was changed')
    .requiredOption('--tables <url>', 'table service of the storage account')
    .requiredOption('--blobs <url>', 'blob service of the storage account')
    .addHelpText('after', help)
    .action(async (folder: string, { tables, blobs, publicKey }: Options) => {
      const publicKeys = await Promise.all(
        publicKey.map(async (path) => parsePublicKey(await readFile(path, 'utf8'))),
      );
      const { evidence } = await openRecords({ tables, blobs });
      const { checkpoint, chains } = await untilSafeEnd(context, () =>
        rebuildTable({
          checkpoints: readCheckpoints(join(folder, 'checkpoints')),
          readSegmentFile: (name) => readIfThere(join(folder, name)),
          publicKeys,
          table: evidence.table,
          bodies: evidence.bodies,
          signal,
        }),
      );
      const lines = chains.map(({ chain, entries }) => `${chain}: ${entries} entries`);
      await output.write(`${lines.join('\n')}\nMade anew as checkpoint ${checkpoint} vouches for it\n`);
    });
}

/** Yields checkpoints by number: their names are padded numbers, so they sort by name. */
async function* readCheckpoints(folder: string): AsyncGenerator<string> {
  for (const name of (await readdir(folder)).filter((each) => each.endsWith('.json')).sort()) {
    yield readFile(join(folder, name), 'utf8');
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}
