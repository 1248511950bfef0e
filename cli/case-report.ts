import type { CaseSummary } from '../shared/api/schemas.ts';
import { actorText } from '../shared/words/actor.ts';
import { openerText, openerWords, sinceText } from '../shared/words/opener.ts';
import { stateText } from '../shared/words/state.ts';
import { type StoryEntry, type Told } from '../shared/words/story/told.ts';
import { tellAll } from '../shared/words/story/tell-story.ts';
import { redact } from '../shared/text/secrets.ts';
import type { ShownCase } from './case-source.ts';
import { type ListedCase, isPastDue, openerOf } from './case-view.ts';
import { aboutRows, changeRows, givenRows, type TextRow } from './decision-text.ts';
import { obstacleRows } from './obstacle-rows.ts';
import { shortName } from './outcome-table.ts';
import type { Output } from './output.ts';
import { printable, printableJson } from './printable.ts';
import { type Cell, drawTable, type Screen, severityCell } from './screen.ts';

export interface CasePrinter {
  readonly output: Output;
  readonly screen: Screen;
  readonly json: boolean;
  readonly now: Date;
  /** False if cases are known to be missing: then an empty list is no all-clear. */
  readonly isWhole: boolean;
}

/** Prints a list of cases, as a table or as one JSON object a line. */
export async function printCases(
  found: readonly ListedCase[],
  { output, screen, json, now, isWhole }: CasePrinter,
): Promise<void> {
  if (json) {
    for (const view of found) {
      await output.write(`${printableJson(caseJson(view, now))}\n`);
    }
    return;
  }
  if (found.length === 0) {
    await output.write(isWhole ? 'No such case.\n' : 'No such case could be read.\n');
    return;
  }
  const rows = found.map((view) => [
    view.of.case.slice(0, 8),
    severityCell(screen, view.of.severity),
    stateCode(view.of),
    view.of.heading ?? shortName(view.of.resource),
    view.of.control,
    `${view.of.firstSeenDrifted.slice(0, 16)}Z`,
    openerText(openerOf(view.of)),
    ...dueCells(view, screen, now),
  ]);
  const heads = ['Case', 'Severity', 'State', 'What', 'Control', 'Since', 'Opened by', 'Owner'];
  await output.write(
    `${drawTable(screen, heads, rows)}\n\n${countText(found)}. See one with: leakstop cases show <case>\n`,
  );
}

function countText(found: readonly ListedCase[]): string {
  const closed = found.filter(({ of }) => of.state === 'closed').length;
  const open = found.length - closed;
  return [
    ...(open > 0 || closed === 0 ? [`${open} open`] : []),
    ...(closed > 0 ? [`${closed} closed`] : []),
  ].join(', ');
}

function dueCells(view: ListedCase, { chalk }: Screen, now: Date): readonly (string | Cell)[] {
  const { owner, of } = view;
  if (owner === undefined || of.state === 'closed') {
    return [''];
  }
  const isLate = isPastDue(view, now);
  return [{ text: `${owner}${isLate ? ', past due' : ''}`, ...(isLate ? { paint: chalk.red } : {}) }];
}

function caseJson(view: ListedCase, now: Date) {
  const { case: id, subscription: chain, owner: _owner, due: _due, ...of } = view.of;
  const { owner, due } = view;
  return {
    id,
    chain,
    ...of,
    ...(owner === undefined ? {} : { owner }),
    ...(due === undefined ? {} : { due: due.toISOString(), pastDue: isPastDue(view, now) }),
  };
}

/** Prints one case and its history. */
export async function printCase(view: ListedCase, shown: ShownCase, printer: CasePrinter): Promise<void> {
  const { output, json, now, screen } = printer;
  const { rationale, proposal, options, story } = shown;
  if (json) {
    const { entries, ...rest } = story;
    const told = { hash: undefined, rationale, proposal, options, story: rest };
    await output.write(`${printableJson({ kind: 'case', ...caseJson(view, now), ...told })}\n`);
    for (const entry of entries) {
      await output.write(`${printableJson(entry)}\n`);
    }
    return;
  }
  await output.write(
    `${[...caseLines(view, shown, printer), '', ...storyLines(shown, screen)].join('\n')}\n`,
  );
}

function caseLines(view: ListedCase, shown: ShownCase, { screen, now }: CasePrinter): string[] {
  const { of } = view;
  const isClosed = of.state === 'closed';
  const lines: readonly TextRow[] = [
    ['Case', of.case],
    ...aboutRows(of),
    ['State', stateText(of)],
    ['Until', isClosed ? '' : (of.hold?.until ?? '')],
    ['Since', sinceText(of, (iso) => iso)],
    ['Opened by', openerLine(of)],
    ['Closed', of.closedAt ?? ''],
    ['Owner', ownerText(view, now)],
    ['Failed', of.failure === undefined ? '' : failureText(of.failure)],
    ...obstacleRows(of),
    ['Undoes', of.undoes ?? ''],
    ['Why', shown.rationale ?? ''],
    ...changeRows(shown),
    ...decisionRows(shown),
  ];
  return lines
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${screen.chalk.bold(name.padEnd(11))} ${printable(text)}`);
}

function failureText({ message, action }: NonNullable<CaseSummary['failure']>): string {
  return action === undefined || message.includes(action) ? message : `${message} (${action})`;
}

function ownerText(view: ListedCase, now: Date): string {
  const { owner, due } = view;
  if (owner === undefined) {
    return '';
  }
  return `${owner}${due === undefined ? '' : `, until ${due.toISOString()}`}${isPastDue(view, now) ? ' (past due)' : ''}`;
}

/** A state such as `held: unwitnessed`, in the words that lists are filtered by and programs rely on. */
function stateCode({ state, hold, failure, closed }: CaseSummary): string {
  const why = { held: hold?.reason, failed: failure?.code, closed } as Partial<Record<string, string>>;
  return why[state] === undefined ? state : `${state}: ${why[state]}`;
}

/** Line that names who opened the drift, and how sure that is. */
function openerLine(of: CaseSummary): string {
  const opener = openerOf(of);
  const { actors, certainty } = openerWords(opener);
  return actors.length === 0
    ? certainty
    : `${actors.map((actor) => actorText(actor)).join(', ')} (${certainty})`;
}

/** Rows with the decisions that the caller may make, or the reasons why not. */
function decisionRows({ options }: ShownCase): readonly TextRow[] {
  if (options === undefined) {
    return [];
  }
  const { allowed, why } = options;
  const reasons = Object.entries(why).map(([verdict, reason]) => `${verdict}: ${reason}`);
  return [
    ...givenRows(options),
    ['You may', allowed.join(', ')],
    ...reasons.map((reason) => ['You may not', reason] as const),
  ];
}

function storyLines({ story }: ShownCase, screen: Screen): string[] {
  const { entries, isCut, unreadable } = story;
  const notes = [
    ...(isCut ? ['Some entries in the middle are left out: an export has them all.'] : []),
    ...(unreadable > 0 ? [`${unreadable} rows could not be read and may belong to it.`] : []),
    ...(entries.length === 0 ? ['The chain holds no entry of this case.'] : []),
  ];
  return [...tellAll(entries).flatMap((entry) => entryLines(entry, screen)), ...notes];
}

function entryLines(entry: StoryEntry & { readonly told: Told }, { chalk }: Screen): string[] {
  const { time, kind, sequence, actor, told } = entry;
  const who = actor === undefined ? '' : `, by ${actorText(actor)}`;
  const head = `${String(sequence).padStart(6)}  ${time}  ${kind}${who}`;
  return [
    chalk.dim(printable(head)),
    `        ${chalk.bold(printable(redact(told.title)))}`,
    ...told.more.map((line) => `        ${printable(redact(line))}`),
  ];
}
