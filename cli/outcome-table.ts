import type { Difference } from '../shared/contract/observation.ts';
import type { Json } from '../shared/contract/json.ts';
import type { FoundUnknown } from '../shared/preview/found.ts';
import type { Outcome } from '../shared/preview/outcome.ts';
import { resourceIdIn } from '../shared/resource-id.ts';
import { redact } from '../shared/text/secrets.ts';
import { printable, printableLines } from './printable.ts';
import { type Cell, drawTable, type Screen, severityCell } from './screen.ts';

/** Drifts, subscription by subscription, and below them what closing them costs and how it is undone. */
export function outcomeTable(screen: Screen, outcomes: readonly Outcome[]): string {
  const groups = Map.groupBy(outcomes, ({ resource }) => resourceIdIn(resource)?.subscriptionId);
  const sections = [...groups].map(([subscription, members]) => {
    const rows = members.map((outcome) => [
      wouldCell(screen, outcome),
      severityCell(screen, outcome.severity),
      outcome.control,
      shortName(outcome.resource),
      outcome.differences.map(differenceText).join(', '),
      modeText(outcome),
    ]);
    const heads = ['Would', 'Severity', 'Control', 'Resource', 'Now -> wanted', 'Mode'];
    const place =
      subscription === undefined ? 'In no subscription' : `Subscription ${printable(subscription)}`;
    return `${screen.chalk.bold(place)}\n${drawTable(screen, heads, rows)}`;
  });
  return [...sections, ...costs(screen, outcomes)].join('\n\n');
}

/** What could not be judged. Nothing of it is in sync. */
export function unknownTable(screen: Screen, unknowns: readonly FoundUnknown[]): string {
  const rows = unknowns.map(({ resource, control, why, place }) => [
    control ?? '',
    shortName(resource),
    why,
    place === undefined
      ? ''
      : `${place.file}:${place.line}${place.item === undefined ? '' : `, item ${place.item}`}`,
  ]);
  return `${screen.chalk.bold('Not known')}\n${drawTable(screen, ['Control', 'Resource', 'Why', 'Where'], rows)}`;
}

const wouldPaints = { change: 'green', ask: 'cyan', hold: 'yellow', ignore: 'dim' } as const;

export function wouldCell({ chalk }: Screen, outcome: Outcome): Cell {
  return { text: wouldText(outcome), paint: chalk[wouldPaints[outcome.does]] };
}

/** Such as `auto, by training, until 2026-03-01T12:00:00.000Z`. */
function modeText({ mode, rule, released, until }: Outcome): string {
  return [
    `${mode}, by ${rule}`,
    ...(released === undefined ? [] : [`released by ${released}`]),
    ...(until === undefined ? [] : [`until ${until}`]),
  ].join(', ');
}

/** Such as `hold: unwitnessed`. */
export function wouldText({ does, reason }: Outcome): string {
  return reason === undefined ? does : `${does}: ${reason}`;
}

/** Group, root and child of a resource: what people call it by. What is no id of a resource is shown as it stands. */
export function shortName(resource: string): string {
  const id = resourceIdIn(resource);
  if (id === undefined || !/\/providers\//i.test(id.text)) {
    return resource;
  }
  const { resourceGroup, text } = id;
  const segments = (text.split(/\/providers\//i).at(-1) ?? '').split('/').slice(1);
  const names = segments.filter((_, index) => index % 2 === 1);
  // A blob service is always called "default".
  return [resourceGroup ?? '', ...names.filter((name, index) => index !== 1 || name !== 'default')].join('/');
}

const longestValue = 60;

/** Such as `publicAccess: "Blob" -> "None"`. */
export function differenceText({ path, actual, desired }: Difference): string {
  return `${path.replace(/^properties\./, '')}: ${valueText(actual)} -> ${valueText(desired)}`;
}

function valueText(value: Json | undefined): string {
  const text = value === undefined ? 'absent' : redact(JSON.stringify(value));
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}

/** Impact, undo and guidance by control; the same text is told once. */
function costs({ chalk }: Screen, outcomes: readonly Outcome[]): string[] {
  const groups = Map.groupBy(
    outcomes.filter(({ does }) => does !== 'ignore'),
    ({ control, impact, undo, detail }) => [control, impact, undoText(undo), detail ?? ''].join('\n'),
  );
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) {
      return [];
    }
    const count = others.length === 0 ? '' : chalk.dim(` (${others.length + 1} times)`);
    const lines = [
      `${chalk.bold(first.title)}${count}`,
      `  May stop working: ${printable(first.impact)}`,
      ...(first.undo === undefined ? [] : [`  Undo: ${printable(undoText(first.undo))}`]),
      ...(first.detail === undefined ? [] : [`  Left as it is: ${printable(first.detail)}`]),
      ...guidanceLines(first, others.length),
    ];
    return lines.join('\n');
  });
}

/** Steps for a person name one resource; for several they are in the JSON. */
function guidanceLines({ guidance }: Outcome, others: number): string[] {
  if (guidance === undefined) {
    return [];
  }
  return others === 0
    ? [
        '  What a person can do:',
        ...printableLines(guidance)
          .split('\n')
          .map((line) => `    ${line}`),
      ]
    : ['  What a person can do: see --json, for each resource'];
}

export function undoText(undo: Outcome['undo']): string {
  switch (undo?.kind) {
    case undefined:
      return 'nothing to undo';
    case 'exact':
      return undo.note === undefined ? 'exactly as it was' : `exactly as it was; ${undo.note}`;
    case 'default':
      return undo.note;
    case 'none':
      return `not possible: ${undo.note}`;
  }
}
