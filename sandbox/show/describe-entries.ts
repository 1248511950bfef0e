import type { LedgerEntry } from '../story/ledger-reader.ts';
import { shortName } from '../story/resource-names.ts';

/** One line of the log: what sort of thing it is, and what happened. */
export interface Line {
  readonly verb: string;
  readonly text: string;
  readonly tone: 'bad' | 'good' | 'waits' | 'plain' | 'quiet';
}

/** What the words rest on that entries do not carry. */
export interface Dictionary {
  readonly titleOf: (control: string) => string;
  /** Display name of a principal by its object id. */
  readonly nameOf: (objectId: string) => string | undefined;
}

interface Difference {
  readonly path: string;
  readonly actual?: unknown;
  readonly desired: unknown;
}

interface Actor {
  readonly objectId?: string;
  readonly name?: string;
}

type Payload = LedgerEntry['payload'];
type Describe = (entries: readonly LedgerEntry[], words: Dictionary) => readonly Line[];

const holds: Readonly<Record<string, string>> = {
  unwitnessed: 'it stood open before Leakstop watched, so a person has to release it',
  'not-offered': 'no change is offered, the entry says what a person can do',
  observe: 'recorded and shown, never changed',
  budget: "the hour's budget of changes is used up",
  locked: 'a lock forbids the change',
};

const closings: Readonly<Record<string, string>> = {
  fixed: 'read again, in sync',
  'fixed-by-others': 'in sync again by somebody else',
  gone: 'the resource is gone',
};

const verdictWords: Readonly<Record<string, string>> = {
  approve: 'approves the change',
  deny: 'denies the change, for a time',
  exempt: 'exempts the drift, for a time',
  undo: 'has the change taken back, for a time',
};

/** Entries of a kind, said together: three drifts that one write closes are one line. */
const describers: Readonly<Record<string, Describe>> = {
  'case-opened': each('seen', 'bad', ({ control, payload, resource }, words) => {
    const { severity = '', exposure } = payload as { severity?: string; exposure?: string };
    const grade = [severity, ...(exposure === undefined ? [] : [`${exposure} exposure`])].join(', ');
    return `Drift from "${words.titleOf(control)}" (${grade}): ${differencesOf(payload)}${openerOf(payload, words)}${inContainer(resource)}`;
  }),
  'change-intended': (entries) => [
    {
      verb: 'decided',
      tone: 'plain',
      text: `${whyOf(entries)}: ${entries.length === 1 ? 'close it' : `close ${entries.length === 2 ? 'both' : `all ${entries.length}`} with one write`}. The intent is in the ledger`,
    },
  ],
  'change-applied': (entries) =>
    entries.some(({ payload }) => payload.answer === 'lost')
      ? [{ verb: 'found', tone: 'plain', text: 'The change had taken effect: it is not made twice' }]
      : [],
  'case-closed': (entries) => [
    {
      verb: 'closed',
      tone: 'good',
      text: `${entries.length === 1 ? 'Case' : `${entries.length} cases`} closed: ${closings[String(entries[0]?.payload.reason)] ?? String(entries[0]?.payload.reason)}`,
    },
  ],
  'case-held': each('held', 'waits', ({ control, payload }, { titleOf }) => {
    const reason = String(payload.reason);
    return `"${titleOf(control)}": ${holds[reason] ?? reason}`;
  }),
  'decision-requested': each(
    'asks',
    'waits',
    ({ control, payload }, { titleOf }) => `"${titleOf(control)}": a person decides on ${changeOf(payload)}`,
  ),
  'case-failed': each(
    'failed',
    'bad',
    ({ control, payload }, { titleOf }) =>
      `"${titleOf(control)}" stays open: ${String(payload.message)}${payload.action === undefined ? '' : ` (needs ${show(payload.action)})`}`,
  ),
  'case-observed': each(
    'noted',
    'quiet',
    ({ control, payload }, { titleOf }) =>
      `"${titleOf(control)}": ${differencesOf(payload)}${payload.exposure === undefined ? '' : `, exposure ${show(payload.exposure)}`}`,
  ),
  'decision-recorded': each('decided', 'good', ({ control, payload }, { titleOf, nameOf }) => {
    const { verdict = '', by } = (payload.decision ?? {}) as { verdict?: string; by?: Actor };
    const who = nameOf(by?.objectId ?? '') ?? by?.name ?? 'Somebody';
    return `"${titleOf(control)}": ${who} ${verdictWords[verdict] ?? `decides: ${verdict}`}`;
  }),
  'notice-sent': each('tells', 'quiet', ({ payload }) =>
    payload.channel === 'teams' ? 'The Teams channel has a new message' : 'The second channel has a message',
  ),
  'kill-switch-turned': each('switch', 'waits', ({ payload }) =>
    payload.changes === 'stopped'
      ? 'The kill switch stops every change'
      : 'The kill switch allows changes again',
  ),
  'case-decided': () => [],
  'case-reconsidered': () => [],
  'change-verified': () => [],
};

/** Puts entries that came together into words, in the order in which their kinds first came. */
export function describeEntries(entries: readonly LedgerEntry[], words: Dictionary): readonly Line[] {
  const kinds = [...new Set(entries.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const alike = entries.filter((entry) => entry.kind === kind);
    const describe = describers[kind] ?? each('noted', 'quiet', () => kind.replaceAll('-', ' '));
    return describe(alike, words);
  });
}

function each(
  verb: string,
  tone: Line['tone'],
  say: (entry: LedgerEntry, words: Dictionary) => string,
): Describe {
  return (entries, words) => entries.map((entry) => ({ verb, tone, text: say(entry, words) }));
}

/** Why a change is made: people said so, or the policy lets Leakstop close what it saw open. */
function whyOf(entries: readonly LedgerEntry[]): string {
  return entries.some(({ payload }) => payload.approval !== undefined)
    ? 'Approved by people'
    : 'Witnessed, mode auto';
}

function differencesOf(payload: Payload): string {
  const { differences = [] } = payload as { differences?: readonly Difference[] };
  return differences
    .map(({ path, actual, desired }) => `${shortPath(path)} is ${show(actual)}, should be ${show(desired)}`)
    .join(', ');
}

function openerOf(payload: Payload, { nameOf }: Dictionary): string {
  const { opener } = payload as {
    opener?: { grade: string; actor?: Actor; actors?: readonly Actor[] };
  };
  const actors = opener?.actors ?? (opener?.actor === undefined ? [] : [opener.actor]);
  const names = actors.map(({ objectId = '', name }) => nameOf(objectId) ?? name ?? 'somebody');
  return names.length === 0
    ? ''
    : `; opened by ${names.join(' or ')} (${opener?.grade === 'proven' ? 'proven' : 'candidate'})`;
}

function inContainer(resource: string): string {
  return resource.includes('/containers/') ? `; on ${shortName(resource)}` : '';
}

function changeOf(payload: Payload): string {
  const { change } = payload as {
    change?: { steps: readonly { after: Readonly<Record<string, { is?: unknown }>> }[] };
  };
  const wanted = (change?.steps ?? []).flatMap(({ after }) => Object.entries(after));
  return wanted.map(([path, { is }]) => `${shortPath(path)} → ${show(is)}`).join(', ');
}

function shortPath(path: string): string {
  return path.replace(/^properties\./, '');
}

function show(value: unknown): string {
  if (value === undefined) {
    return 'absent';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
