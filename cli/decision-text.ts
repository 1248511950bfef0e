import type { CaseDetail } from '../shared/api/schemas.ts';
import { conditionAt } from '../shared/case/proposal.ts';
import { stateText } from './case-view.ts';
import { printable } from './printable.ts';

type Proposal = CaseDetail['proposal'];
type Step = Proposal['steps'][number];
type Condition = Step['before'][string];
type TextRow = readonly [label: string, text: string];

const undoWords: Readonly<Record<string, string>> = {
  exact: 'exactly',
  default: 'not exactly',
  none: 'not possible',
};

/** Exactly what is decided about: every property before and after, whole. */
export function detailLines(detail: CaseDetail): readonly string[] {
  const { options } = detail;
  const rows: readonly TextRow[] = [
    ['Resource', detail.resource],
    ['Control', `${detail.title} (${detail.control}, ${detail.severity})`],
    ['State', stateText(detail)],
    ...(detail.undoes === undefined ? [] : [['Undoes', detail.undoes] as const]),
    ...changeRows(detail),
    ...options.given.map(({ verdict, by, at }) => ['Given', `${verdict} by ${by}, ${at}`] as const),
  ];
  return [
    `Case ${printable(detail.case)}`,
    ...rows.map(([label, text]) => `  ${label.padEnd(10)} ${printable(text)}`),
  ];
}

/** The change, its impact and its undo; the differences where no change is offered. Nothing that is hashed is left out. */
export function changeRows({
  proposal,
  resource,
  state,
}: Pick<CaseDetail, 'proposal' | 'resource' | 'state'>): readonly TextRow[] {
  const { steps, impact, undo, differences } = proposal;
  const isClosed = state === 'closed';
  return [
    ...steps.flatMap((step) => stepRows(step, resource, isClosed ? 'Undo would' : 'Change')),
    ...differences.map(({ path, actual, desired }): TextRow => [
      'Drift',
      `${path}: ${valueText(actual)} -> ${valueText(desired)}, as it should be`,
    ]),
    ...(steps.length === 0 ? [['Change', 'none is offered'] as const] : []),
    ...(impact === '' ? [] : [['Impact', impact] as const]),
    ...(undo === undefined ? [] : undoRows(undo, isClosed ? 'Way back' : 'Undo')),
  ];
}

/** Whether it can be undone, and each value that undo would write where there was none. */
function undoRows(
  { kind, note, values, ...others }: NonNullable<Proposal['undo']>,
  label: string,
): TextRow[] {
  const how = undoWords[kind] ?? kind;
  return [
    [label, note === undefined ? how : `${how}: ${note}`],
    ...writtenInstead(values).map((text): TextRow => [label, text]),
    ...otherMembers(others).map((text): TextRow => [label, text]),
  ];
}

function writtenInstead(values: unknown): readonly string[] {
  if (typeof values !== 'object' || values === null) {
    return values === undefined ? [] : otherMembers({ values });
  }
  return Object.entries(values).map(([path, value]) => `${path}: absent -> ${valueText(value)}`);
}

function stepRows(step: Step, resource: string, label: string): readonly TextRow[] {
  const { kind, target, before, after, ...others } = step;
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const isElsewhere = target.toLowerCase() !== resource.toLowerCase();
  return [
    ['Write', isElsewhere ? `${kind}, to ${target}` : kind],
    ...paths.map((path): TextRow => [
      label,
      `${path}: ${conditionText(conditionAt(before, path))} -> ${conditionText(conditionAt(after, path))}`,
    ]),
    ...otherMembers(others).map((text): TextRow => ['Write', text]),
  ];
}

/** Members that this version has no words for. */
function otherMembers(others: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(others).map(([name, value]) => `${name}: ${valueText(value)}`);
}

function conditionText(condition: Condition | undefined): string {
  if (condition === undefined) {
    return 'as it is';
  }
  if (Object.keys(condition).length > 1) {
    return JSON.stringify(condition);
  }
  return 'absent' in condition ? 'absent' : valueText(condition.is);
}

function valueText(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
