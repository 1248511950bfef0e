import type { Difference } from '../shared/contract/observation.ts';
import type { Json } from '../shared/contract/json.ts';
import type { FoundUnknown } from '../shared/preview/found.ts';
import type { Outcome } from '../shared/preview/outcome.ts';
import { resourceIdIn } from '../shared/resource-id.ts';
import { redact } from '../shared/text/secrets.ts';
import { printable, printableLines } from './printable.ts';
import { type Cell, drawTable, type Screen, severityCell } from './screen.ts';

/** Table of drifts, subscription by subscription; below it, impact and undo of closing them. */
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

/** Table of findings that could not be judged. None of them counts as in sync. */
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

/** Mode, such as `auto, by training, until 2026-03-01T12:00:00.000Z`. */
function modeText({ mode, rule, released, until }: Outcome): string {
  return [
    `${mode}, by ${rule}`,
    ...(released === undefined ? [] : [`released by ${released}`]),
    ...(until === undefined ? [] : [`until ${until}`]),
  ].join(', ');
}

/** Reaction, such as `hold: unwitnessed`. */
export function wouldText({ does, reason }: Outcome): string {
  return reason === undefined ? does : `${does}: ${reason}`;
}

/** Group, root and child of a resource: the name that people use. A text that is no resource id is shown unchanged. */
export function shortName(resource: string): string {
  const id = resourceIdIn(resource);
  if (id === undefined || !/\/providers\//i.test(id.text)) {
    return resource;
  }
  const { resourceGroup, text } = id;
  const segments = (text.split(/\/providers\//i).at(-1) ?? '').split('/').slice(1);
  const names = segments.filter((_, index) => index % 2 === 1);
  // The name of a blob service is always "default".
  return [resourceGroup ?? '', ...names.filter((name, index) => index !== 1 || name !== 'default')].join('/');
}

const longestValue = 60;

/** Difference, such as `publicAccess: "Blob" -> "None"`. */
export function differenceText({ path, actual, desired }: Difference): string {
  return `${path.replace(/^properties\./, '')}: ${valueText(actual)} -> ${valueText(desired)}`;
}

function valueText(value: Json | undefined): string {
  const text = value === undefined ? 'absent' : redact(JSON.stringify(value));
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}

/** Impact, undo and guidance by control; equal texts are shown once. */
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

/** Guidance names one resource. Guidance for the other resources is in the JSON. */
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
