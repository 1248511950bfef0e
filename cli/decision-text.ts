import type { CaseDetail, CaseSummary } from '../shared/api/schemas.ts';
import { defined } from '../shared/defined.ts';
import { stateText } from '../shared/words/state.ts';
import { severityText } from '../shared/words/severity.ts';
import { subscriptionText } from '../shared/words/place.ts';
import {
  differenceLines,
  lineText,
  otherTarget,
  shownText,
  stepLines,
  stepText,
} from '../shared/words/step.ts';
import { undoAnswer, undoWords } from '../shared/words/undo.ts';
import { verdictWords } from '../shared/words/verdict.ts';
import { wordFor } from '../shared/words/known-word.ts';
import { printable } from './printable.ts';

type Proposal = CaseDetail['proposal'];
type Step = Proposal['steps'][number];
/** A label and its text. */
export type TextRow = readonly [label: string, text: string];

/** The exact subject of a decision: every property before and after, in full. */
export function detailLines(detail: CaseDetail): readonly string[] {
  const { options } = detail;
  const rows: readonly TextRow[] = [
    ...aboutRows(detail),
    ['State', stateText(detail)],
    ...(detail.undoes === undefined ? [] : [['Undoes', detail.undoes] as const]),
    ...changeRows(detail),
    ...givenRows(options),
  ];
  return [
    `Case ${printable(detail.case)}`,
    ...rows
      .filter(([, text]) => text !== '')
      .map(([label, text]) => `  ${label.padEnd(11)} ${printable(text)}`),
  ];
}

/** Rows that name the subject of a case. */
export function aboutRows(of: CaseSummary): readonly TextRow[] {
  const { heading = '', title, control, resource, subscription, subscriptionName } = of;
  return [
    ['What', heading],
    ['Control', title === control ? control : `${title} (${control})`],
    ['Resource', resource],
    ['In', subscriptionText(subscription, () => subscriptionName)],
    ['Severity', severityText(of)],
  ];
}

/** Rows with earlier decisions on the case. */
export function givenRows({ given }: CaseDetail['options']): readonly TextRow[] {
  return given.map(({ verdict, by, at }) => ['Given', `${by} ${wordFor(verdictWords, verdict)}, ${at}`]);
}

/**
 * Rows with the change, its impact and its undo, or with the differences if no change is offered. Every hashed member is
 * shown.
 */
export function changeRows({
  proposal,
  resource,
  state,
}: Pick<CaseDetail, 'proposal' | 'resource' | 'state'>): readonly TextRow[] {
  const { steps, impact, undo, differences } = proposal;
  const isClosed = state === 'closed';
  return [
    ...steps.flatMap((step) => stepRows(step, resource, isClosed ? 'Undo would' : 'Change')),
    ...differenceLines(differences).map((line): TextRow => ['Drift', `${lineText(line)}, as it should be`]),
    ...(steps.length === 0 ? [['Change', 'none is offered'] as const] : []),
    ...(impact === '' ? [] : [['May break', impact] as const]),
    ...(undo === undefined ? [] : undoRows(undo)),
  ];
}

function stepRows(step: Step, resource: string, label: string): readonly TextRow[] {
  const elsewhere = otherTarget(step, resource);
  return [
    ['Write', elsewhere === undefined ? stepText(step) : `${stepText(step)} ${elsewhere}`],
    ...stepLines(step).map((line): TextRow => [label, lineText(line)]),
    ...untold(step, ['kind', 'target', 'before', 'after']).map((text): TextRow => ['Write', text]),
    ...[step.before, step.after]
      .flatMap((conditions) => Object.entries(conditions))
      .flatMap(([path, condition]) => untold(condition, ['is', 'absent']).map((text) => `${path}, ${text}`))
      .map((text): TextRow => ['Write', text]),
  ];
}

/** Rows that say if the change can be undone, and each value that undo would write. */
function undoRows(undo: NonNullable<Proposal['undo']>): readonly TextRow[] {
  const { kind, note, values } = undo;
  const written = isRecord(values) ? values : undefined;
  const known = { kind, ...defined({ note, values: written }) };
  const others = untold(undo, written === undefined ? ['kind', 'note'] : ['kind', 'note', 'values']);
  return [
    ['Undoable', undoAnswer(known)],
    ...undoWords(known).writes.map(({ what, to }): TextRow => ['Undo sets', `${what}: ${shownText(to)}`]),
    ...others.map((text): TextRow => ['Undoable', text]),
  ];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Rows for members that this version has no words for: they are signed too. */
function untold(of: object, known: readonly string[]): readonly string[] {
  return Object.entries(of)
    .filter(([name]) => !known.includes(name))
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
}
