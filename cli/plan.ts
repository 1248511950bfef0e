import { Command, Option } from 'commander';
import { storageAccountRoot } from '../shared/azure/observers/storage-account.ts';
import type { Clock } from '../shared/clock.ts';
import type { Remediator } from '../shared/contract/remediator.ts';
import type { PreviewBody } from '../shared/preview/body.ts';
import { compareOutcomes } from '../shared/preview/compare.ts';
import { Finder, type FinderCounts } from '../shared/preview/finder.ts';
import { byResource, type Found, type FoundDrift } from '../shared/preview/found.ts';
import { outcomeOf } from '../shared/preview/outcome.ts';
import {
  type ComparisonFailure,
  comparisonFailures,
  isComparisonFailure,
  printComparison,
} from './compare-report.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { time } from './options.ts';
import { type FailOn, failures, isFailure } from './fail-on.ts';
import { type Printer, printReport, unplacedNotice, unreadableNotice } from './outcome-report.ts';
import { formatOf, formatOption, type FormatOptions } from './report-format.ts';
import type { Output } from './output.ts';
import { readInput } from './plan-input.ts';
import { type LoadPolicy, policyFrom } from './policy-source.ts';
import type { Screen } from './screen.ts';

/** The parts of the process that the command needs. */
export interface PlanContext {
  readonly output: Output;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly loadPolicy: LoadPolicy;
  readonly remediators: readonly Remediator[];
  readonly screen: () => Screen;
}

interface Options extends FormatOptions {
  readonly from?: readonly string[];
  readonly policy?: string;
  readonly compare?: readonly string[];
  readonly at?: string;
  readonly witnessed?: true;
  readonly standing?: true;
  readonly failOn?: readonly (FailOn | ComparisonFailure)[];
}

const help = `
Needs no login and changes nothing. It takes, one file or several, "-" for standard input:

  an inventory         resources as Resource Manager gives them: an array, a page {"value": [...]}, one a line, or what
                       Resource Graph gives {"data": [...]}. Counts as standing open already.
  a deployment         what "bicep snapshot" predicts. Counts as witnessed: it opens when it is deployed.
  an export            of "leakstop ledger export": its open cases as they were last seen, witnessed or not as they say.

What a file leaves out, or a deployment has not worked out yet, is not known; it is never taken for in sync. A record that
cannot be read, or a resource that is given twice and differently, is told and ends no other. A running
service may do less than is told here: budgets, the kill switch, the breaker, locks, who manages a resource group and
Azure's own exemptions are in no file.

--compare shows only what another policy alters. "loosened" is said of a drift about which less would be done.

Examples:
  az rest --method get --url "/subscriptions/<id>/providers/Microsoft.Storage/storageAccounts?api-version=2025-06-01" |
    leakstop plan --from -
  az graph query -q "resources | where type =~ 'microsoft.storage/storageaccounts'" | leakstop plan --from - --json
  bicep snapshot main.bicepparam --mode overwrite --subscription-id <id> --resource-group <group> &&
    leakstop plan --from main.snapshot.json --policy policy.yaml --fail-on high unknown --format sarif > leakstop.sarif
  leakstop plan --compare policy.yaml new.yaml --from ledger.ndjson --fail-on loosened`;

/** `leakstop plan`. */
export function plan(context: PlanContext, end: (code: ExitCode) => void): Command {
  return new Command('plan')
    .summary('what a policy would do about an inventory, a deployment or an export')
    .description(
      'Says, without any login, what Leakstop would do about what is in files. Nothing is changed.',
    )
    .option('--from <file...>', 'inventories, predicted deployments, exports; - is standard input')
    .option('--policy <file>', 'the policy; "default" is what holds without one')
    .option('--compare <policies...>', 'two policies, old and new: show only what the change alters')
    .option('--at <time>', 'judge as of that time, such as 2026-03-01T12:00:00Z; now when absent', time)
    .addOption(
      new Option('--witnessed', 'as if everything opened while Leakstop watches').conflicts('standing'),
    )
    .option('--standing', 'as if everything stood open before')
    .addOption(
      new Option('--fail-on <what...>', 'exit with 1 where there is any of it').choices([
        ...failures,
        ...comparisonFailures,
      ]),
    )
    .addOption(formatOption())
    .option('--json', 'short for --format json')
    .addHelpText('after', help)
    .action(async (options: Options, command: Command) => {
      checkUsage(options, command);
      end(await (options.compare === undefined ? run : runComparison)(options, context));
    });
}

function checkUsage({ from, compare, policy, failOn = [] }: Options, command: Command): void {
  if (from === undefined) {
    command.error('error: say what to judge: --from <file...>, or --from - for standard input');
  }
  if (compare !== undefined && compare.length !== 2) {
    command.error('error: --compare takes two policies, the old one and the new one');
  }
  if (compare !== undefined && policy !== undefined) {
    command.error('error: --compare names both policies, so --policy has no place');
  }
  const allowed: readonly string[] = compare === undefined ? failures : comparisonFailures;
  const wrong = failOn.find((each) => !allowed.includes(each));
  if (wrong !== undefined) {
    command.error(
      `error: --fail-on ${wrong} is not for ${compare === undefined ? 'a plan' : '--compare'}: expected ${allowed.join(', ')}`,
    );
  }
}

async function run(options: Options, context: PlanContext): Promise<ExitCode> {
  const policy = await policyFrom(context.loadPolicy, options.policy);
  const { drifts, unknowns, seen, notices, isWhole } = await find(options, context);
  const at = momentOf(options, context);
  const outcomes = drifts.map((found) => outcomeOf(found, policy, at));
  const report = { outcomes, unknowns, seen, notices, isWhole, policy, at };
  await printReport(report, formatOf(options), printerOf(context));
  return endOf(isFailure(report, (options.failOn ?? []) as FailOn[]), isWhole);
}

async function runComparison(options: Options, context: PlanContext): Promise<ExitCode> {
  const [oldPath, newPath] = options.compare ?? [];
  const [old, other] = await Promise.all([
    policyFrom(context.loadPolicy, oldPath),
    policyFrom(context.loadPolicy, newPath),
  ]);
  const { drifts, unknowns, notices: read, isWhole } = await find(options, context);
  const notices = [...read, ...unknownNotice(unknowns.length)];
  const at = momentOf(options, context);
  const altered = drifts.flatMap((found) => compareOutcomes(found, old, other, at) ?? []);
  const unaltered = drifts.length - altered.length;
  const comparison = { altered, unaltered, unknowns: unknowns.length, old, other, at, notices, isWhole };
  await printComparison(comparison, formatOf(options), printerOf(context));
  return endOf(isComparisonFailure(comparison, (options.failOn ?? []) as ComparisonFailure[]), isWhole);
}

/** The exit code. An incomplete input never passes: missing resources cannot have been judged. */
function endOf(isFinding: boolean, isWhole: boolean): ExitCode {
  if (isFinding) {
    return exitCodes.finding;
  }
  return isWhole ? exitCodes.ok : exitCodes.failed;
}

function unknownNotice(count: number): readonly string[] {
  return count === 0
    ? []
    : [`${count} findings are not known, and in no comparison: "leakstop plan" without --compare lists them`];
}

interface Findings {
  readonly drifts: readonly FoundDrift[];
  readonly unknowns: readonly Extract<Found, { kind: 'unknown' }>[];
  readonly seen: FinderCounts;
  readonly notices: readonly string[];
  /** True if the files are complete by their own account. */
  readonly isWhole: boolean;
}

async function find(options: Options, context: PlanContext): Promise<Findings> {
  const { signal, stdin, remediators } = context;
  const isWitnessed = (otherwise: boolean): boolean =>
    options.witnessed === true || (options.standing !== true && otherwise);
  const finder = new Finder({
    remediators,
    roots: [storageAccountRoot],
    isWitnessed: ({ source }: PreviewBody) => isWitnessed(source === 'predicted'),
  });
  const { notices, isWhole } = await readInput(
    { files: options.from ?? [], stdin, signal, remediators },
    finder,
    (found) =>
      finder.addFound(
        found.kind === 'drifted' ? { ...found, witnessed: isWitnessed(found.witnessed) } : found,
      ),
  );
  const { found, seen } = finder.finish();
  return {
    ...sorted(found),
    seen,
    isWhole: isWhole && seen.unreadable === 0,
    notices: [...notices, ...unplacedNotice(seen), ...unreadableNotice(seen)],
  };
}

/** Drifts and unknowns, each sorted by resource and control. */
export function sorted(found: readonly Found[]): Pick<Findings, 'drifts' | 'unknowns'> {
  const drifts = found.filter((each) => each.kind === 'drifted');
  const unknowns = found.filter((each) => each.kind === 'unknown');
  return {
    drifts: drifts.toSorted((one, other) =>
      byResource(
        { resource: one.resource, control: one.remediator.meta.id },
        { resource: other.resource, control: other.remediator.meta.id },
      ),
    ),
    unknowns: unknowns.toSorted(byResource),
  };
}

function momentOf({ at }: Options, { clock }: PlanContext): Date {
  return at === undefined ? clock.now() : new Date(at);
}

function printerOf({ output, screen, remediators }: PlanContext): Printer {
  return { output, screen: screen(), metas: remediators.map(({ meta }) => meta) };
}
