import { Command, Option } from 'commander';
import type { Observer } from '../shared/contract/observer.ts';
import { toRemediationError } from '../shared/azure/to-remediation-error.ts';
import type { Clock } from '../shared/clock.ts';
import type { ArmResource } from '../shared/contract/observation.ts';
import type { Remediator } from '../shared/contract/remediator.ts';
import type { PreviewBody } from '../shared/preview/body.ts';
import { Finder } from '../shared/preview/finder.ts';
import { outcomeOf } from '../shared/preview/outcome.ts';
import { parseResourceId } from '../shared/resource-id.ts';
import { type SubscriptionNames, subscriptionNames } from '../shared/subscription-names.ts';
import { subscriptionText } from '../shared/words/place.ts';
import { redact } from '../shared/text/secrets.ts';
import type { ArmEndpoint, AzureReader, OpenAzure } from './azure.ts';
import { eachBounded } from './bounded.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { httpsEndpoint, subscriptions } from './options.ts';
import { type FailOn, failures, isFailure } from './fail-on.ts';
import { printReport, unreadableNotice } from './outcome-report.ts';
import { formatOf, formatOption, type FormatOptions } from './report-format.ts';
import type { Output } from './output.ts';
import { sorted } from './plan.ts';
import { type LoadPolicy, policyFrom } from './policy-source.ts';
import type { StartProgress } from './progress.ts';
import type { Screen } from './screen.ts';

/** The parts of the process that the command needs. */
export interface ScanContext {
  readonly output: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly openAzure: OpenAzure;
  readonly loadPolicy: LoadPolicy;
  readonly remediators: readonly Remediator[];
  readonly progress: StartProgress;
  readonly screen: () => Screen;
}

interface Options extends FormatOptions {
  readonly subscription?: readonly string[];
  readonly policy?: string;
  readonly failOn?: readonly FailOn[];
  readonly armEndpoint: string;
  readonly armAudience: string;
}

const help = `
Reads with your own login (Azure CLI, environment or managed identity) and changes nothing; you need "Reader" on the
subscriptions. What is open counts as standing: nothing was watched. Containers are listed only where the account does
not refuse anonymous access, for elsewhere they expose nothing.

Which subscriptions: --subscription, else LEAKSTOP_SUBSCRIPTIONS, else every one that your login may see. What cannot be
read is told and ends nothing else. The exit code is 3 then, whatever was found, and also where there was nothing to look
at because your login may see no subscription; SARIF says "executionSuccessful": false and JSON "complete": false. A
subscription that can be read and holds nothing is no fault.

Examples:
  leakstop scan
  leakstop scan --subscription <id> --subscription <id> --policy policy.yaml
  leakstop scan --fail-on critical --format sarif > leakstop.sarif`;

/** `leakstop scan`. */
export function scan(context: ScanContext, end: (code: ExitCode) => void): Command {
  return new Command('scan')
    .summary('look at subscriptions as they are, with your own login')
    .description(
      'Reads subscriptions and says what Leakstop would do about what it finds. Nothing is changed.',
    )
    .option('--subscription <id...>', 'only these', subscriptions)
    .option('--policy <file>', 'the policy; "default" is what holds without one')
    .addOption(new Option('--fail-on <what...>', 'exit with 1 where there is any of it').choices(failures))
    .addOption(
      new Option('--arm-endpoint <url>', 'where Resource Manager is')
        .env('LEAKSTOP_ARM_ENDPOINT')
        .default('https://management.azure.com'),
    )
    .addOption(
      new Option('--arm-audience <url>', 'for whom its tokens are')
        .env('LEAKSTOP_ARM_AUDIENCE')
        .default('https://management.azure.com'),
    )
    .addOption(formatOption())
    .option('--json', 'short for --format json')
    .addHelpText('after', help)
    .action(async (options: Options, command: Command) => {
      end(await run(options, context, endpointOf(options, context, command)));
    });
}

function endpointOf(options: Options, { environment }: ScanContext, command: Command): ArmEndpoint {
  const given = (name: string, value: string, attribute: string): string =>
    command.getOptionValueSource(attribute) === 'default' ? (environment[name] ?? value) : value;
  const endpoint = given('LEAKSTOP_ARM_ENDPOINT', options.armEndpoint, 'armEndpoint');
  const audience = given('LEAKSTOP_ARM_AUDIENCE', options.armAudience, 'armAudience');
  return { endpoint: httpsEndpoint(endpoint, command), audience: httpsEndpoint(audience, command) };
}

/** Longest time for a scan. */
const scanMs = 60 * 60_000;
const subscriptionsAtOnce = 4;
const accountsAtOnce = 8;

async function run(options: Options, context: ScanContext, arm: ArmEndpoint): Promise<ExitCode> {
  const { clock, remediators, output, screen } = context;
  const policy = await policyFrom(context.loadPolicy, options.policy);
  const at = clock.now();
  const until = new Date(at.getTime() + scanMs);
  const azure = await context.openAzure(arm, clock);
  const { wanted, names } = await subscriptionsOf(options, context, azure, until);
  const finder = new Finder({ remediators, roots: azure.observers, isWitnessed: () => false });
  const { faults, read } = await readAll(wanted, { azure, finder, names, until }, context);
  const { found, seen } = finder.finish();
  const { drifts, unknowns } = sorted(found);
  const notices = [...(wanted.length === 0 ? [nothingToSee] : []), ...faults, ...unreadableNotice(seen)];
  const report = {
    outcomes: drifts.map((drift) => outcomeOf({ ...drift, place: undefined }, policy, at)),
    unknowns: unknowns.map((unknown) => ({ ...unknown, place: undefined })),
    seen,
    subscriptions: { asked: wanted.length, read },
    notices,
    isWhole: notices.length === 0,
    policy,
    at,
  };
  await printReport(report, formatOf(options), {
    output,
    screen: screen(),
    metas: remediators.map(({ meta }) => meta),
  });
  if (!report.isWhole) {
    return exitCodes.failed;
  }
  return isFailure(report, options.failOn ?? []) ? exitCodes.finding : exitCodes.ok;
}

const nothingToSee =
  'Your login may see no subscription, so nothing was looked at: give it the role "Reader" on what is to be scanned, or sign in as somebody who has it';

/** Subscriptions to read, and the names of the listed ones. */
async function subscriptionsOf(
  { subscription }: Options,
  { environment }: ScanContext,
  azure: AzureReader,
  until: Date,
): Promise<{ readonly wanted: readonly string[]; readonly names: SubscriptionNames }> {
  const named = environment.LEAKSTOP_SUBSCRIPTIONS?.split(',')
    .map((each) => each.trim().toLowerCase())
    .filter(Boolean);
  const asked = subscription ?? (named?.length === 0 ? undefined : named);
  const listed = asked === undefined ? await azure.listSubscriptions(until) : [];
  return {
    wanted: [...new Set(asked ?? listed.map(({ id }) => id))].toSorted(),
    names: subscriptionNames(Object.fromEntries(listed.map(({ id, displayName }) => [id, displayName]))),
  };
}

interface Reading {
  readonly azure: AzureReader;
  readonly finder: Finder;
  readonly names: SubscriptionNames;
  readonly until: Date;
}

/**
 * Reads subscriptions side by side; returns the unread parts with their reasons, and the number of subscriptions read to the
 * end.
 */
async function readAll(
  wanted: readonly string[],
  reading: Reading,
  { progress, signal }: ScanContext,
): Promise<{ readonly faults: readonly string[]; readonly read: number }> {
  const faults: string[] = [];
  let read = 0;
  const shown = progress(wanted.length, 0, 'subscriptions');
  try {
    await eachBounded(wanted, subscriptionsAtOnce, async (subscription) => {
      const own: string[] = [];
      for (const observer of reading.azure.observers) {
        await readSubscription(subscription, observer, reading, signal, (fault) => own.push(fault));
      }
      faults.push(...own);
      read += own.length === 0 ? 1 : 0;
      shown.advance();
    });
  } finally {
    shown.stop();
  }
  return { faults: faults.toSorted(), read };
}

async function readSubscription(
  subscription: string,
  observer: Observer,
  { finder, names, until }: Reading,
  signal: AbortSignal,
  onFault: (fault: string) => void,
): Promise<void> {
  const told = (error: unknown, what: string): void => {
    signal.throwIfAborted();
    onFault(redact(toRemediationError(error, what).message));
  };
  try {
    await eachBounded(observer.list(subscription, until), accountsAtOnce, async (root) => {
      signal.throwIfAborted();
      try {
        finder.add(bodyOf(root));
        if (!observer.wantsAllChildren(root)) {
          return;
        }
        const wanted = { root: false, children: [], allChildren: true };
        const { children } = await observer.look(parseResourceId(root.id), wanted, until);
        children.forEach((child) => finder.add(bodyOf(child)));
      } catch (error) {
        told(error, `list what is in "${root.id}"`);
      }
    });
  } catch (error) {
    told(error, `read the subscription "${subscriptionText(subscription, names.nameOf)}"`);
  }
}

function bodyOf(resource: ArmResource): PreviewBody {
  return {
    resource,
    isComplete: true,
    isUnplaced: false,
    source: 'resource-manager',
    place: { file: 'Azure', line: 1 },
  };
}
