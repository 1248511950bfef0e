import { Command, Option } from 'commander';
import { z } from 'zod';
import type { Clock } from '../shared/clock.ts';
import type { Remediator } from '../shared/engine/remediator.ts';
import { RemediationError } from '../shared/errors.ts';
import { listChains } from '../shared/ledger/checkpoints/chains.ts';
import { type LedgerStore, readEntries } from '../shared/ledger/export/read-entries.ts';
import { openRange } from '../shared/ledger/format/keys.ts';
import { caseStates } from '../shared/ledger/format/states.ts';
import { rowsIn } from '../shared/ledger/open-ledger.ts';
import { parseCase } from '../shared/ledger/rows.ts';
import type { Policy } from '../shared/policy/policy.ts';
import { printCase, printCases, type HistoryEntry } from './case-report.ts';
import { byUrgency, type CaseFilter, type CaseView, isWanted, viewOf } from './case-view.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { httpsEndpoint, subscriptions } from './options.ts';
import type { Output } from './output.ts';
import { type LoadPolicy, policyFrom } from './policy-source.ts';
import type { Screen } from './screen.ts';
import type { OpenStorage } from './storage.ts';

/** What the commands need of the process. */
export interface CasesContext {
  readonly output: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly openStorage: OpenStorage;
  readonly loadPolicy: LoadPolicy;
  readonly remediators: readonly Remediator[];
  readonly screen: () => Screen;
}

interface Options extends CaseFilter {
  readonly subscription?: readonly string[];
  readonly tables?: string;
  readonly blobs?: string;
  readonly policy?: string;
  readonly json?: true;
}

const reading = `
Reads the ledger's tables with your own login (Azure CLI, environment or managed identity); you need "Storage Table Data
Reader" on the account, and for "show" also "Storage Blob Data Reader".`;

const listHelp = `${reading}

Examples:
  leakstop cases --tables https://<account>.table.core.windows.net --severity critical high
  leakstop cases --state awaiting-decision --json | jq -r .id
  leakstop cases --policy policy.yaml --past-due
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
    .option('--subscription <id...>', 'only these', subscriptions)
    .option('--control <id...>', 'only cases of these controls')
    .addOption(
      new Option('--state <state...>', 'only cases in these states').choices(
        caseStates.filter((state) => state !== 'closed'),
      ),
    )
    .addOption(
      new Option('--severity <severity...>', 'only these').choices(['low', 'medium', 'high', 'critical']),
    )
    .option('--past-due', "only cases past the time that the policy's owners have")
    .option('--policy <file>', 'the policy, which says who answers for what and until when')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', listHelp)
    .action(async (options: Options, command: Command) => {
      if (options.pastDue && options.policy === undefined) {
        command.error('error: --past-due needs --policy: the policy says until when');
      }
      await list(options, context, command);
      end(exitCodes.ok);
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
  return command
    .addOption(
      new Option('--tables <url>', 'table endpoint of the storage account').env(
        'LeakstopStorage__tableServiceUri',
      ),
    )
    .addOption(
      new Option('--blobs <url>', 'blob endpoint of the storage account').env(
        'LeakstopStorage__blobServiceUri',
      ),
    );
}

async function open(options: Options, context: CasesContext, command: Command): Promise<LedgerStore> {
  const { environment, openStorage } = context;
  const tables = options.tables ?? environment.LeakstopStorage__tableServiceUri;
  if (tables === undefined) {
    return command.error('error: say where the ledger is: --tables, or LeakstopStorage__tableServiceUri');
  }
  // Only large entries lie in blobs, and a list needs none.
  const blobs =
    options.blobs ?? environment.LeakstopStorage__blobServiceUri ?? tables.replace('.table.', '.blob.');
  return openStorage({ tables: httpsEndpoint(tables, command), blobs: httpsEndpoint(blobs, command) });
}

async function list(options: Options, context: CasesContext, command: Command): Promise<void> {
  const { clock, output, screen } = context;
  const policy = await policyFrom(context.loadPolicy, options.policy);
  const store = await open(options, context, command);
  const chains = options.subscription ?? (await listChains(store.table, [], () => undefined));
  const found: CaseView[] = [];
  for (const chain of chains) {
    for await (const view of views(store, chain, openRange(), policy, context)) {
      if (isWanted(view, options, clock.now())) {
        found.push(view);
      }
    }
  }
  await printCases(found.sort(byUrgency), {
    output,
    screen: screen(),
    json: options.json === true,
    now: clock.now(),
  });
}

async function* views(
  { table }: LedgerStore,
  chain: string,
  range: { readonly from: string; readonly before: string },
  policy: Policy,
  { signal, remediators }: CasesContext,
): AsyncGenerator<CaseView> {
  for await (const row of rowsIn(table, chain, range)) {
    signal.throwIfAborted();
    yield viewOf(parseCase(row), chain, policy, remediators);
  }
}

const closed = { from: 'closed!', before: 'closed!~' };

async function show(id: string, options: Options, context: CasesContext, command: Command): Promise<void> {
  const policy = await policyFrom(context.loadPolicy, options.policy);
  const store = await open(options, context, command);
  const view = await findCase(id.toLowerCase(), store, options, context, policy);
  const history: HistoryEntry[] = [];
  const onUnreadable = (key: string): void => {
    context.output.tell(`Row "${key}" of chain "${view.chain}" cannot be read: its entry is left out.`);
  };
  for await (const { header, bodyText } of readEntries(
    store,
    view.chain,
    1,
    { case: view.id },
    onUnreadable,
  )) {
    context.signal.throwIfAborted();
    if (header.case === view.id) {
      history.push({
        header,
        body: bodyText === undefined ? undefined : readBody(bodyText, header.sequence),
      });
    }
  }
  const { output, screen, clock, remediators } = context;
  await printCase(view, history, {
    output,
    screen: screen(),
    json: options.json === true,
    now: clock.now(),
    meta: remediators.find(({ meta }) => meta.id === view.data.control)?.meta,
  });
}

async function findCase(
  id: string,
  store: LedgerStore,
  options: Options,
  context: CasesContext,
  policy: Policy,
): Promise<CaseView> {
  const found = new Map<string, CaseView>();
  const chains = options.subscription ?? (await listChains(store.table, [], () => undefined));
  const places = chains.flatMap((chain) => [openRange(), closed].map((range) => ({ chain, range })));
  for (const { chain, range } of places) {
    for await (const view of views(store, chain, range, policy, context)) {
      if (view.id.toLowerCase().startsWith(id)) {
        found.set(view.id, view);
      }
    }
  }
  const [first, second] = found.values();
  const exact = [...found.values()].find((view) => view.id.toLowerCase() === id);
  if (first === undefined || (second !== undefined && exact === undefined)) {
    throw new RemediationError(
      'malformed-input',
      first === undefined
        ? `Cannot show the case "${id}": no case has this id; list them with "leakstop cases"`
        : `Cannot show the case "${id}": ${found.size} cases begin so; expected more of the id`,
    );
  }
  return exact ?? first;
}

const Body = z.looseObject({
  actor: z.record(z.string(), z.json()).optional(),
  payload: z.record(z.string(), z.json()),
});

function readBody(text: string, sequence: number): z.infer<typeof Body> {
  const result = Body.safeParse(JSON.parse(text));
  if (!result.success) {
    throw new RemediationError(
      'malformed-input',
      `Cannot read entry ${sequence}: expected the body of an entry`,
    );
  }
  return result.data;
}
