import type { Json } from '../shared/contract/json.ts';
import type { RemediatorMeta } from '../shared/contract/remediator.ts';
import { redact } from '../shared/text/secrets.ts';
import type { FinderCounts } from '../shared/preview/finder.ts';
import type { FoundUnknown } from '../shared/preview/found.ts';
import type { Outcome } from '../shared/preview/outcome.ts';
import type { Policy } from '../shared/policy/policy.ts';
import { outcomeSarif } from './outcome-sarif.ts';
import { outcomeTable, unknownTable } from './outcome-table.ts';
import type { Output } from './output.ts';
import type { ReportFormat } from './report-format.ts';
import { printable, printableJson } from './printable.ts';
import type { Screen } from './screen.ts';

/** A report: the examined resources, the findings, and the policy behind them. */
export interface Report {
  readonly outcomes: readonly Outcome[];
  readonly unknowns: readonly FoundUnknown[];
  readonly seen: FinderCounts;
  /** Number of subscriptions that a scan had to read, and of those that it read to the end; absent for a plan. */
  readonly subscriptions?: { readonly asked: number; readonly read: number };
  readonly notices: readonly string[];
  /** True if everything that was asked for could be looked at. */
  readonly isWhole: boolean;
  readonly policy: Policy;
  readonly at: Date;
}

export interface Printer {
  readonly output: Output;
  readonly screen: Screen;
  readonly metas: readonly RemediatorMeta[];
}

/** Prints a report. Notices go to standard error too, where people see them even if the output is piped. */
export async function printReport(report: Report, format: ReportFormat, printer: Printer): Promise<void> {
  const { output, screen, metas } = printer;
  const { outcomes, unknowns, notices, isWhole } = report;
  notices.forEach((notice) => output.tell(`Note: ${printable(notice)}.`));
  switch (format) {
    case 'json':
      await output.write(`${printableJson(reportJson(report), 2)}\n`);
      return;
    case 'sarif':
      await output.write(await outcomeSarif({ outcomes, unknowns, metas, notices, isWhole }));
      return;
    case 'table': {
      const sections = [
        ...(outcomes.length === 0 ? [] : [outcomeTable(screen, outcomes)]),
        ...(unknowns.length === 0 ? [] : [unknownTable(screen, unknowns)]),
        summary(report),
      ];
      await output.write(`${sections.join('\n\n')}\n`);
    }
  }
}

function reportJson({ outcomes, unknowns, seen, subscriptions, notices, isWhole, policy, at }: Report) {
  return {
    policy: policy.name,
    at: at.toISOString(),
    // A reader of this line alone must not take unseen resources for clear ones.
    complete: isWhole,
    seen,
    ...(subscriptions === undefined ? {} : { subscriptions }),
    outcomes: outcomes.map(outcomeJson),
    unknown: unknowns.map(({ resource, control, why, place }) => ({ resource, control, why, place })),
    notices,
  };
}

/** An outcome as JSON, without values that look like secrets. */
export function outcomeJson({ differences, ...rest }: Outcome) {
  return {
    ...rest,
    differences: differences.map(({ path, actual, desired }) => ({
      path,
      ...(actual === undefined ? {} : { actual: redacted(actual) }),
      desired,
    })),
  };
}

function redacted(value: Json): Json {
  return typeof value === 'string' ? redact(value) : value;
}

function summary({ outcomes, unknowns, seen, subscriptions, isWhole, policy, at }: Report): string {
  const count = (does: Outcome['does']): number => outcomes.filter((each) => each.does === does).length;
  const parts = [
    `${count('change')} to change`,
    `${count('ask')} to ask about`,
    `${count('hold')} held`,
    `${count('ignore')} ignored`,
    `${unknowns.length} not known`,
  ];
  const others = seen.others === 0 ? '' : `, ${seen.others} of types that no control judges`;
  return [
    `${drifts(outcomes.length)} on ${resources(seen.judged)}${others}: ${parts.join(', ')}.`,
    ...(subscriptions === undefined ? [] : [readText(subscriptions)]),
    ...(isWhole
      ? []
      : ['NOT EVERYTHING WAS LOOKED AT: what was not may be open. The notes say what is missing.']),
    `Policy ${printable(policy.name)}, as of ${at.toISOString()}. Nothing was changed.`,
  ].join('\n');
}

function readText({ asked, read }: NonNullable<Report['subscriptions']>): string {
  return asked === read
    ? `Read ${asked === 1 ? '1 subscription' : `all of ${asked} subscriptions`}.`
    : `Read ${read} of ${asked} ${asked === 1 ? 'subscription' : 'subscriptions'} to the end.`;
}

function resources(count: number): string {
  return count === 1 ? '1 resource' : `${count} resources`;
}

export function drifts(count: number): string {
  return count === 1 ? '1 drift' : `${count} drifts`;
}

/** Notice about unreadable records. */
export function unreadableNotice({ unreadable }: FinderCounts): readonly string[] {
  return unreadable === 0
    ? []
    : [
        `${unreadable === 1 ? '1 record' : `${unreadable} records`} could not be judged: see what is not known`,
      ];
}

/** Notice about a deployment without a target. */
export function unplacedNotice({ unplaced }: FinderCounts): readonly string[] {
  return unplaced === 0
    ? []
    : [
        `${unplaced} resources of a deployment have no subscription and resource group, so rules for scopes do not hold for them: ` +
          'give --subscription-id and --resource-group to "bicep snapshot"',
      ];
}
