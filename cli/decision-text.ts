import type { CaseDetail } from '../shared/api/schemas.ts';
import { conditionAt } from '../shared/case/proposal.ts';
import { stateText } from './case-view.ts';
import { printable } from './printable.ts';

type Proposal = CaseDetail['proposal'];
type Condition = Proposal['steps'][number]['before'][string];

const undoWords: Readonly<Record<string, string>> = {
  exact: 'exactly',
  default: 'not exactly',
  none: 'not possible',
};

/** Exactly what is decided about: every property before and after, whole. */
export function detailLines(detail: CaseDetail): readonly string[] {
  const { options } = detail;
  const rows: readonly (readonly [string, string])[] = [
    ['Resource', detail.resource],
    ['Control', `${detail.title} (${detail.control}, ${detail.severity})`],
    ['State', stateText(detail)],
    ...changeRows(detail),
    ...options.given.map(({ verdict, by, at }) => ['Given', `${verdict} by ${by}, ${at}`] as const),
  ];
  return [
    `Case ${printable(detail.case)}`,
    ...rows.map(([label, text]) => `  ${label.padEnd(10)} ${printable(text)}`),
  ];
}

/** The change, its impact and its undo; the differences where no change is offered. */
export function changeRows({
  proposal,
  resource,
  state,
}: Pick<CaseDetail, 'proposal' | 'resource' | 'state'>): readonly (readonly [string, string])[] {
  const { steps, impact, undo, differences } = proposal;
  return [
    ...steps.flatMap((step) => stepRows(step, resource, state === 'closed' ? 'Undo would' : 'Change')),
    ...differences.map(
      ({ path, actual, desired }) =>
        ['Drift', `${path}: ${valueText(actual)} -> ${valueText(desired)}, as it should be`] as const,
    ),
    ...(steps.length === 0 ? [['Change', 'none is offered'] as const] : []),
    ...(impact === '' ? [] : [['Impact', impact] as const]),
    ...(undo === undefined ? [] : [[state === 'closed' ? 'Way back' : 'Undo', undoText(undo)] as const]),
  ];
}

function undoText({ kind, note }: NonNullable<Proposal['undo']>): string {
  const how = undoWords[kind] ?? kind;
  return note === undefined ? how : `${how}: ${note}`;
}

function stepRows(
  step: Proposal['steps'][number],
  resource: string,
  label: string,
): readonly (readonly [string, string])[] {
  const paths = [...new Set([...Object.keys(step.before), ...Object.keys(step.after)])];
  const target = step.target.toLowerCase() === resource.toLowerCase() ? [] : [['Of', step.target] as const];
  return [
    ...target,
    ...paths.map(
      (path) =>
        [
          label,
          `${path}: ${conditionText(conditionAt(step.before, path))} -> ${conditionText(conditionAt(step.after, path))}`,
        ] as const,
    ),
  ];
}

function conditionText(condition: Condition | undefined): string {
  if (condition === undefined) {
    return 'as it is';
  }
  return 'absent' in condition ? 'absent' : valueText(condition.is);
}

function valueText(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
