import type { Change, Json, RemediatorMeta } from '../shared/engine/remediator.ts';
import { obstacleOf } from '../shared/engine/obstacle.ts';
import type { Header } from '../shared/ledger/format/entry.ts';
import { redact } from '../shared/telemetry/secrets.ts';
import { actorText, type CaseView, openerText } from './case-view.ts';
import { obstacleRows } from './obstacle-rows.ts';
import { differenceText, shortName, undoText } from './outcome-table.ts';
import type { Output } from './output.ts';
import { printable, printableJson } from './printable.ts';
import { drawTable, type Screen, severityCell } from './screen.ts';

export interface CasePrinter {
  readonly output: Output;
  readonly screen: Screen;
  readonly json: boolean;
  readonly now: Date;
}

/** One entry of a case. A body that was erased, or left out, is undefined. */
export interface HistoryEntry {
  readonly header: Header;
  readonly body:
    | {
        readonly actor?: Readonly<Record<string, Json>> | undefined;
        readonly payload: Readonly<Record<string, Json>>;
      }
    | undefined;
}

/** A list of cases, as a table or one JSON object a line. */
export async function printCases(
  found: readonly CaseView[],
  { output, screen, json, now }: CasePrinter,
): Promise<void> {
  if (json) {
    for (const view of found) {
      await output.write(`${printableJson(caseJson(view, now))}\n`);
    }
    return;
  }
  if (found.length === 0) {
    await output.write('No open case.\n');
    return;
  }
  const rows = found.map((view) => [
    view.id.slice(0, 8),
    severityCell(screen, view.data.severity),
    stateText(view),
    view.data.control,
    shortName(view.data.resource),
    `${view.data.firstSeenDrifted.slice(0, 16)}Z`,
    openerText(view.data),
    ...dueCells(view, screen, now),
  ]);
  const heads = ['Case', 'Severity', 'State', 'Control', 'Resource', 'Since', 'Opened by', 'Owner'];
  await output.write(
    `${drawTable(screen, heads, rows)}\n\n${found.length} open. See one with: leakstop cases show <case>\n`,
  );
}

/** Such as `held: unwitnessed`. */
function stateText({ state, data }: CaseView): string {
  if (state === 'held' && data.hold !== undefined) {
    return `${state}: ${data.hold.reason}`;
  }
  return state === 'failed' && data.failure !== undefined ? `${state}: ${data.failure.code}` : state;
}

function dueCells({ owner, due }: CaseView, { chalk }: Screen, now: Date) {
  if (owner === undefined || due === undefined) {
    return [''];
  }
  const isLate = due <= now;
  return [{ text: `${owner}${isLate ? ', past due' : ''}`, ...(isLate ? { paint: chalk.red } : {}) }];
}

function caseJson({ id, chain, state, data, owner, due }: CaseView, now: Date) {
  return {
    id,
    chain,
    state,
    ...data,
    ...(owner === undefined ? {} : { owner }),
    ...(due === undefined ? {} : { due: due.toISOString(), pastDue: due <= now }),
  };
}

/** One case and its history. */
export async function printCase(
  view: CaseView,
  history: readonly HistoryEntry[],
  printer: CasePrinter & { readonly meta: RemediatorMeta | undefined },
): Promise<void> {
  const { output, json, now } = printer;
  if (json) {
    await output.write(`${printableJson({ kind: 'case', ...caseJson(view, now) })}\n`);
    for (const { header, body } of history) {
      await output.write(
        `${printableJson({ sequence: header.sequence, time: header.time, kind: header.kind, ...body })}\n`,
      );
    }
    return;
  }
  await output.write(
    `${[...caseLines(view, printer), '', ...historyLines(history, printer.screen)].join('\n')}\n`,
  );
}

function caseLines(
  view: CaseView,
  { screen, meta, now }: CasePrinter & { readonly meta: RemediatorMeta | undefined },
): string[] {
  const { data } = view;
  const { change } = data;
  const lines: (readonly [string, string])[] = [
    ['Case', view.id],
    ['Control', meta === undefined ? data.control : `${meta.title} (${data.control})`],
    ['Resource', data.resource],
    ['State', stateText(view)],
    ['Severity', data.exposure === undefined ? data.severity : `${data.severity}, ${data.exposure}`],
    ...data.differences.map((each) => ['Drift', differenceText({ ...each, actual: each.actual })] as const),
    ['Opened', intervalText(view)],
    ['Opened by', openerText(data)],
    ['Owner', ownerText(view, now)],
    ...(data.failure === undefined ? [] : [['Failed', data.failure.message] as const]),
    ...obstacleRows(obstacleOf(view)),
    ...changeLines(change),
    ...(change === undefined && meta !== undefined ? [['May stop', meta.impact] as const] : []),
  ];
  return lines
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${screen.chalk.bold(name.padEnd(10))} ${printable(text)}`);
}

function intervalText({ data }: CaseView): string {
  const { lastSeenInSync, firstSeenDrifted } = data;
  return lastSeenInSync === undefined
    ? `before ${firstSeenDrifted}; nobody watched`
    : `between ${lastSeenInSync} and ${firstSeenDrifted}`;
}

function ownerText({ owner, due }: CaseView, now: Date): string {
  if (owner === undefined || due === undefined) {
    return '';
  }
  return `${owner}, until ${due.toISOString()}${due <= now ? ' (past due)' : ''}`;
}

/** What the change writes, what it costs and how it is taken back. */
function changeLines(change: Change | undefined): (readonly [string, string])[] {
  if (change === undefined) {
    return [];
  }
  const writes = change.steps.flatMap(({ after }) =>
    Object.entries(after).map(
      ([path, condition]) => `${path} = ${'is' in condition ? JSON.stringify(condition.is) : 'absent'}`,
    ),
  );
  return [
    ['Change', writes.join(', ')],
    ['May stop', change.impact],
    ['Undo', undoText(change.undo)],
  ];
}

function historyLines(history: readonly HistoryEntry[], screen: Screen): string[] {
  if (history.length === 0) {
    return ['The chain holds no entry of this case.'];
  }
  const rows = history.map(({ header, body }) => [
    String(header.sequence),
    header.time,
    header.kind,
    body?.actor === undefined ? '' : whoText(body.actor),
    body === undefined ? 'the body was erased' : payloadText(body.payload),
  ]);
  return drawTable(screen, ['Entry', 'Time', 'What', 'Who', 'Says'], rows).split('\n');
}

function whoText(actor: Readonly<Record<string, Json>>): string {
  return actor.kind === 'leakstop' ? 'leakstop' : actorText(actor);
}

/** What is worth reading at a glance; all of it is in the JSON. */
const told = [
  'decision',
  'reason',
  'detail',
  'rule',
  'policy',
  'code',
  'message',
  'action',
  'severity',
  'requestId',
];

function payloadText(payload: Readonly<Record<string, Json>>): string {
  return told
    .filter((name) => payload[name] !== undefined)
    .map((name) => {
      const value = payload[name];
      return `${name} ${redact(typeof value === 'string' ? value : JSON.stringify(value))}`;
    })
    .join(', ');
}
