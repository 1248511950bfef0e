import { Command, Option } from 'commander';
import type { Clock } from '../shared/clock.ts';
import { engineControls } from '../shared/words/engine-controls.ts';
import type { Remediator } from '../shared/contract/remediator.ts';
import { caseStates } from '../shared/ledger/format/states.ts';
import { apiHelp, apiPlace, type OpenApi, withApi } from './api.ts';
import { printCase, printCases } from './case-report.ts';
import { type CaseSelection, type CaseSource, oneCase } from './case-source.ts';
import { byUrgency, isPastDue, viewOf } from './case-view.ts';
import { casesOfService } from './cases-of-service.ts';
import { casesOfTables } from './cases-of-tables.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { chainNames, httpsEndpoint } from './options.ts';
import type { Output } from './output.ts';
import { type LoadPolicy, policyFrom } from './policy-source.ts';
import { printable } from './printable.ts';
import type { Screen } from './screen.ts';
import type { OpenStorage } from './storage.ts';

/** The parts of the process that the commands need. */
export interface CasesContext {
  readonly output: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly openApi: OpenApi;
  readonly openStorage: OpenStorage;
  readonly loadPolicy: LoadPolicy;
  readonly remediators: readonly Remediator[];
  readonly screen: () => Screen;
}

interface Options extends CaseSelection {
  readonly pastDue?: true;
  readonly api?: string;
  readonly clientId?: string;
  readonly tables?: string;
  readonly blobs?: string;
  readonly policy?: string;
  readonly json?: true;
}

const reading = `${apiHelp}
You need any role of Leakstop, and no right on its storage. Closed cases are those of the last 30 days.

--tables reads the tables themselves, closed cases of any age among them, also while the service is down: for whoever has
"Storage Table Data Reader" on the tables "ledger" and "work", and for "show" also "Storage Blob Data Reader" on the container
"ledger-bodies".`;

const listHelp = `${reading}

Examples:
  leakstop cases --severity critical high
  leakstop cases --state awaiting-decision --json | jq -r .id
  leakstop cases --state closed
  leakstop cases --policy policy.yaml --past-due
  leakstop cases --tables https://<account>.table.core.windows.net
  leakstop cases show 5b2c1f7e`;

const showHelp = `${reading}

The id may be cut short, as long as it names one case. Open cases and closed ones are looked for.

Examples:
  leakstop cases show 5b2c1f7e
  leakstop cases show 5b2c1f7e --json | jq 'select(.kind == "change-intended")'`;

/** `leakstop cases`, and `leakstop cases show`. */
export function cases(context: CasesContext, end: (code: ExitCode) => void): Command {
  return withPlaces(new Command('cases'))
    .summary('open cases, and the history of one')
    .description('Lists the open cases of the ledger, worst first. Nothing is changed.')
    .option('--subscription <id...>', "only these: a subscription's id, tenant or service", chainNames)
    .option('--control <id...>', 'only cases of these controls')
    .addOption(new Option('--state <state...>', 'only cases in these states').choices(caseStates))
    .addOption(
      new Option('--severity <severity...>', 'only these').choices(['low', 'medium', 'high', 'critical']),
    )
    .option('--past-due', 'only cases past the time that their owners have')
    .option(
      '--policy <file>',
      'a policy that says who answers for what and until when, instead of what was said when a case was opened',
    )
    .option('--json', 'one JSON object a line')
    .addHelpText('after', listHelp)
    .action(async (options: Options, command: Command) => {
      end(await list(options, context, command));
    })
    .addCommand(
      new Command('show')
        .summary('one case with its history')
        .description('Shows one case: what drifted, who opened it, what was decided and done.')
        .argument('<id>', 'id of the case, or its beginning')
        .addHelpText('after', showHelp)
        .action(async (id: string, _: unknown, command: Command) => {
          await show(id, command.optsWithGlobals<Options>(), context, command);
          end(exitCodes.ok);
        }),
    );
}

function withPlaces(command: Command): Command {
  return withApi(command)
    .option('--tables <url>', 'read the tables instead: table endpoint of the storage account')
    .addOption(
      new Option('--blobs <url>', 'with --tables: blob endpoint of the storage account').env(
        'LeakstopStorage__blobServiceUri',
      ),
    );
}

/** Opens the service, unless the tables are asked for. */
async function open(options: Options, context: CasesContext, command: Command): Promise<CaseSource> {
  const { environment, openApi, openStorage, remediators, signal } = context;
  const { tables } = options;
  if (tables === undefined) {
    const place = apiPlace(options, environment, command, '; or read the tables, with --tables');
    return casesOfService(await openApi(place, signal), signal);
  }
  // A list needs no blobs: only large entries lie there.
  const blobs =
    options.blobs ?? environment.LeakstopStorage__blobServiceUri ?? tables.replace('.table.', '.blob.');
  const endpoints = { tables: httpsEndpoint(tables, command), blobs: httpsEndpoint(blobs, command) };
  return casesOfTables(
    await openStorage(endpoints),
    remediators.map(({ meta }) => meta),
    signal,
  );
}

/** Lists cases. If some cannot be listed, the command says so and exits as not finished. */
async function list(options: Options, context: CasesContext, command: Command): Promise<ExitCode> {
  const { clock, output, screen, remediators } = context;
  const policy =
    options.policy === undefined ? undefined : await policyFrom(context.loadPolicy, options.policy);
  const source = await open(options, context, command);
  const { cases: found, missing } = await source.list(filterOf(options));
  if (found.length === 0) {
    refuseUnknown(options.control ?? [], remediators, command);
  }
  const views = found
    .map((each) => viewOf(each, policy, remediators))
    .filter((view) => options.pastDue !== true || isPastDue(view, clock.now()))
    .sort(byUrgency);
  await printCases(views, {
    output,
    screen: screen(),
    json: options.json === true,
    now: clock.now(),
    isWhole: missing.length === 0,
  });
  missing.forEach((sentence) => output.tell(`Not everything is listed: ${printable(sentence)}.`));
  return missing.length === 0 ? exitCodes.ok : exitCodes.failed;
}

/**
 * Refuses the name of an unknown control: its empty list would be no all-clear. The name of a former control passes if cases
 * of it are listed.
 */
function refuseUnknown(asked: readonly string[], remediators: readonly Remediator[], command: Command): void {
  const known = [...remediators.map(({ meta }) => meta.id), ...engineControls.map(({ id }) => id)];
  const unknown = asked.find((id) => !known.includes(id));
  if (unknown !== undefined) {
    command.error(`error: no control is called "${printable(unknown)}"; controls are ${known.join(', ')}`);
  }
}

function filterOf({ subscription, control, state, severity }: Options): CaseSelection {
  return {
    ...(subscription && { subscription }),
    ...(control && { control }),
    ...(state && { state }),
    ...(severity && { severity }),
  };
}

function placesOf({ subscription }: Options): Pick<CaseSelection, 'subscription'> {
  return subscription === undefined ? {} : { subscription };
}

async function show(id: string, options: Options, context: CasesContext, command: Command): Promise<void> {
  const { output, screen, clock, remediators } = context;
  const policy =
    options.policy === undefined ? undefined : await policyFrom(context.loadPolicy, options.policy);
  const source = await open(options, context, command);
  const listing = await source.begin(id.toLowerCase(), placesOf(options));
  const shown = await source.show(oneCase('show', id.toLowerCase(), listing));
  await printCase(viewOf(shown, policy, remediators), shown, {
    output,
    screen: screen(),
    json: options.json === true,
    now: clock.now(),
    isWhole: listing.missing.length === 0,
  });
}
