import { Command } from 'commander';
import { type ApiClient, apiHelp, apiPlace, withApi } from './api.ts';
import { chainsOf, type DownloadContext, downloadTo } from './download-chains.ts';
import { EvidenceFolder } from './evidence-folder.ts';
import { fetchCheckpoints, fetchKeys, fetchSegments } from './fetch-evidence.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { openTarget } from './export-target.ts';
import { printable, printableJson } from './printable.ts';

interface Options {
  readonly api?: string;
  readonly clientId?: string;
  readonly json?: true;
}

const help = `${apiHelp}
You need the role Leakstop.Auditor, and no right on the storage account or the key vault.

The folder holds ledger.ndjson, checkpoints/, segments/ and public-keys/, and has its name once it is whole; until then it is
called <folder>.part, and the same command goes on with what is there, if a fetch of yours made it.

The public keys come through the service, as everything does. A service that lies about the ledger can lie about them:
compare them with the vault's own, such as with "az keyvault key download", or have them from whoever runs the vault.

Example:
  leakstop ledger fetch evidence`;

/** `leakstop ledger fetch`. */
export function ledgerFetch(context: DownloadContext, end: (code: ExitCode) => void): Command {
  return withApi(new Command('fetch'))
    .summary('bring everything that can be verified into a folder, through the service')
    .description('Downloads the ledger, its checkpoints with their segments, and the keys that verify them.')
    .argument('<folder>', 'where to; it may not hold anything yet')
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', help)
    .action(async (path: string, options: Options, command: Command) => {
      const folder = await EvidenceFolder.open(path);
      const api = await context.openApi(apiPlace(options, context.environment, command), context.signal);
      end(await run(folder, api, context, options));
    });
}

async function run(
  folder: EvidenceFolder,
  api: ApiClient,
  context: DownloadContext,
  options: Options,
): Promise<ExitCode> {
  const { output, signal } = context;
  // Checkpoints come first, so that the ledger, which is read later, holds all entries that they vouch for.
  const checkpoints = await fetchCheckpoints(api, folder, signal);
  const segments = await fetchSegments(checkpoints.segments, api, folder, signal);
  const keys = await fetchKeys(checkpoints.keyIds, api, folder, signal);
  const chains = await chainsOf({}, api);
  await folder.begin();
  const target = await openTarget(
    { output: folder.ledger, format: 'ndjson', force: true },
    undefined,
    output,
  );
  const entries = await downloadTo(target, chains, api, context);
  await folder.finish();
  const faults = [...checkpoints.faults, ...segments.faults, ...keys.faults];
  const command = verifyLine(folder.path, keys.files, checkpoints.count > 0);
  if (options.json) {
    const counts = {
      entries,
      checkpoints: checkpoints.count,
      segments: segments.count,
      keys: keys.files.length,
    };
    await output.write(`${printableJson({ folder: folder.path, ...counts, faults, verify: command })}\n`);
  } else {
    output.tell(
      `Fetched ${counted(entries, 'entry', 'entries')}, ${counted(checkpoints.count, 'checkpoint')}, ${counted(segments.count, 'segment')} and ${counted(keys.files.length, 'public key')}, to "${printable(folder.path)}".`,
    );
    await output.write(`${printable(command)}\n`);
  }
  faults.forEach((fault) => output.tell(printable(fault)));
  if (checkpoints.count === 0) {
    output.tell('There is no checkpoint yet: nothing vouches for the ledger so far.');
  }
  return faults.length === 0 ? exitCodes.ok : exitCodes.finding;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** The command line that verifies the fetched files, ready to be pasted. */
function verifyLine(path: string, keys: readonly string[], hasCheckpoints: boolean): string {
  return [
    `leakstop ledger verify ${quoted(path)}`,
    ...(hasCheckpoints ? [`--checkpoints ${quoted(`${path}/checkpoints`)}`] : []),
    ...keys.map((file) => `--public-key ${quoted(`${path}/${file}`)}`),
  ].join(' ');
}

function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
