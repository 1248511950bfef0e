import { type Alteration, alterations, type Altered } from '../shared/preview/compare.ts';
import type { Policy } from '../shared/policy/policy.ts';
import { drifts, outcomeJson } from './outcome-report.ts';
import type { ReportFormat } from './report-format.ts';
import { outcomeSarif } from './outcome-sarif.ts';
import { shortName, wouldCell } from './outcome-table.ts';
import type { Printer } from './outcome-report.ts';
import { printable, printableJson } from './printable.ts';
import { drawTable, type Screen, severityCell } from './screen.ts';

/** Values of `--fail-on` for a comparison. */
export const comparisonFailures = ['loosened', 'tightened'] as const;
export type ComparisonFailure = (typeof comparisonFailures)[number];

export interface Comparison {
  readonly altered: readonly Altered[];
  /** Number of drifts with the same outcome under both policies. */
  readonly unaltered: number;
  /** Number of unknown findings, which are not compared. */
  readonly unknowns: number;
  readonly old: Policy;
  readonly other: Policy;
  readonly at: Date;
  readonly notices: readonly string[];
  /** True if everything that was asked for could be looked at. */
  readonly isWhole: boolean;
}

/** Prints the differences that a change of the policy makes. */
export async function printComparison(
  comparison: Comparison,
  format: ReportFormat,
  { output, screen, metas }: Printer,
): Promise<void> {
  const { altered, notices, isWhole } = comparison;
  notices.forEach((notice) => output.tell(`Note: ${printable(notice)}.`));
  switch (format) {
    case 'json':
      await output.write(`${printableJson(comparisonJson(comparison), 2)}\n`);
      return;
    case 'sarif': {
      const outcomes = altered.map(({ after }) => after);
      await output.write(await outcomeSarif({ outcomes, unknowns: [], metas, notices, isWhole }));
      return;
    }
    case 'table':
      await output.write(`${[...sections(screen, altered), summary(comparison)].join('\n\n')}\n`);
  }
}

function comparisonJson({ altered, unaltered, unknowns, old, other, at, notices, isWhole }: Comparison) {
  return {
    old: old.name,
    new: other.name,
    at: at.toISOString(),
    complete: isWhole,
    unaltered,
    unknown: unknowns,
    altered: altered.map(({ alteration, direction, before, after }) => ({
      alteration,
      direction,
      before: outcomeJson(before),
      after: outcomeJson(after),
    })),
    notices,
  };
}

function sections(screen: Screen, altered: readonly Altered[]): string[] {
  return (Object.keys(alterations) as Alteration[]).flatMap((alteration) => {
    const members = altered.filter((each) => each.alteration === alteration);
    if (members.length === 0) {
      return [];
    }
    const rows = members.map(({ direction, before, after }) => [
      { text: direction, ...(direction === 'loosened' ? { paint: screen.chalk.red } : {}) },
      severityCell(screen, after.severity),
      after.control,
      shortName(after.resource),
      wouldCell(screen, before),
      before.rule,
      wouldCell(screen, after),
      after.rule,
    ]);
    const heads = ['', 'Severity', 'Control', 'Resource', 'Before', 'By', 'After', 'By'];
    return [`${screen.chalk.bold(alterations[alteration])}\n${drawTable(screen, heads, rows)}`];
  });
}

function summary({ altered, unaltered, old, other, at, isWhole }: Comparison): string {
  const count = (direction: Altered['direction']): number =>
    altered.filter((each) => each.direction === direction).length;
  return [
    `${drifts(altered.length)} altered, ${unaltered} as before: ${count('loosened')} loosened, ${count('tightened')} tightened.`,
    ...(isWhole ? [] : ['NOT EVERYTHING WAS COMPARED: the notes say what is missing.']),
    `From policy ${printable(old.name)} to ${printable(other.name)}, as of ${at.toISOString()}. Nothing was changed.`,
  ].join('\n');
}

export function isComparisonFailure({ altered }: Comparison, on: readonly ComparisonFailure[]): boolean {
  return altered.some(({ direction }) => on.some((failure) => failure === direction));
}
