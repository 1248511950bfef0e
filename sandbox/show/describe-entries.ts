import type { LedgerEntry } from '../story/ledger-reader.ts';
import { shortName } from '../story/resource-names.ts';
import { describeServiceEntry } from './describe-service-entries.ts';
import type { Line } from './line.ts';
import {
  about,
  changeOf,
  differencesOf,
  joined,
  momentOf,
  objectOf,
  openerOf,
  otherWritersOf,
  textOf,
} from './payload-words.ts';
import type { Dictionary } from './payload-words.ts';

/** Entries of a kind, said together, beside the kinds that came with them. */
type Describe = (
  entries: readonly LedgerEntry[],
  words: Dictionary,
  beside: ReadonlySet<string>,
  all: readonly LedgerEntry[],
) => readonly Line[];

const holds: Readonly<Record<string, string>> = {
  unwitnessed: 'it stood open before Leakstop watched, so a person has to release it',
  'not-offered': 'no change is offered, the entry says what a person can do',
  observe: 'recorded and shown, never changed',
  exempt: 'an exemption of the policy covers it',
  budget: "the hour's budget of changes is used up",
  'kill-switch': 'the kill switch stops every change',
  'tug-of-war': 'something opens it again and again',
  locked: 'a lock forbids the change',
  'deny-assignment': 'a deny assignment forbids the change',
  unattributed: 'somebody uses the identity of Leakstop',
  managed: 'another resource manages it and would write it back',
  frozen: 'a freeze of the policy forbids changes for a time',
  'outside-window': 'the policy allows changes in other hours only',
  breaker: 'too many changes of this control failed',
  denied: 'a person decided to leave it open for a time',
};

const closings: Readonly<Record<string, string>> = {
  fixed: 'read again, in sync',
  'fixed-by-others': 'in sync again by somebody else',
  gone: 'the resource is gone',
  exempt: 'the drift is permitted',
  undone: 'what was changed is taken back',
};

const verdicts: Readonly<Record<string, string>> = {
  approve: 'approves the change',
  deny: 'denies the change, for a time',
  exempt: 'exempts the drift, for a time',
  undo: 'has the change taken back, for a time',
};

/** A kind that is not named here belongs to the service, or to a later version of the ledger. */
const describers: Readonly<Record<string, Describe>> = {
  'case-opened': each('seen', 'bad', ({ control, payload, resource }, words) => {
    if (payload.undoes !== undefined) {
      return `${quoted(control, words)}: somebody wants the change taken back`;
    }
    const exposure = textOf(payload, 'exposure');
    const grade = joined([textOf(payload, 'severity'), exposure && `${exposure} exposure`]);
    const head = `Drift from ${quoted(control, words)}${grade === undefined ? '' : ` (${grade})`}`;
    const where = resource.includes('/containers/') ? `on ${shortName(resource)}` : undefined;
    return about(head, joined([differencesOf(payload), openerOf(payload, words), where], '; '));
  }),
  'case-observed': each('noted', 'quiet', ({ control, payload }, words) => {
    const exposure = textOf(payload, 'exposure');
    const said = joined([
      differencesOf(payload),
      exposure && `exposure ${exposure}`,
      openerOf(payload, words),
      changeOf(payload) && `the change is another one now, ${changeOf(payload) ?? ''}`,
      missingText(payload.missing),
      textOf(payload, 'until') && 'news has it tried again sooner',
      payload.stands === true ? 'looked at under another policy, it stays as it was decided' : undefined,
    ]);
    return about(quoted(control, words), said ?? 'looked at again, nothing else is known of it');
  }),
  'case-reconsidered': (entries, words, beside) =>
    ['decision-requested', 'case-held', 'case-decided', 'case-failed'].some((kind) => beside.has(kind))
      ? []
      : each('noted', 'quiet', ({ control }) => `${quoted(control, words)}: it is decided about anew`)(
          entries,
          words,
          beside,
          entries,
        ),
  'case-escalated': each('tells', 'waits', ({ control, payload }, words) =>
    about(
      `Nobody has dealt with ${quoted(control, words)}, so more people hear of it`,
      textOf(payload, 'reason'),
    ),
  ),
  'case-decided': (entries, words, beside) =>
    beside.has('change-intended')
      ? []
      : each('decided', 'plain', ({ control }) => `${quoted(control, words)}: a change is to be made`)(
          entries,
          words,
          beside,
          entries,
        ),
  'case-held': each('held', 'waits', ({ control, payload }, words) => {
    const reason = textOf(payload, 'reason');
    const until = momentOf(payload, 'until');
    const why = wordOf(holds, reason) ?? reason ?? 'the entry does not say why';
    return about(quoted(control, words), joined([why, until && `until ${until}`]));
  }),
  'decision-requested': each('asks', 'waits', ({ control, payload }, words) =>
    about(quoted(control, words), `a person decides on ${changeOf(payload) ?? 'what becomes of it'}`),
  ),
  'decision-recorded': each('decided', 'good', ({ control, payload }, words) => {
    const decision = objectOf(payload, 'decision');
    const by = objectOf(decision, 'by');
    const who = words.nameOf(textOf(by, 'objectId') ?? '') ?? textOf(by, 'name') ?? 'Somebody';
    const verdict = textOf(decision, 'verdict');
    return about(quoted(control, words), `${who} ${wordOf(verdicts, verdict) ?? 'has decided'}`);
  }),
  'decision-voided': each(
    'noted',
    'waits',
    ({ control }, words) => `${quoted(control, words)}: a decision does not count any more`,
  ),
  'change-intended': (entries, _words, _beside, all) => [
    {
      verb: 'decided',
      tone: 'plain',
      text: `${whyOf(entries)}: ${all.some(isUndo) ? 'take the change back' : closeText(entries.length)}. The intent is in the ledger`,
    },
  ],
  'step-applied': each('noted', 'quiet', ({ control }, words) => `${quoted(control, words)}: a step is done`),
  'change-waiting': each('waits', 'waits', ({ control, payload }, words) =>
    about(`${quoted(control, words)}: the change has to wait`, textOf(payload, 'reason')),
  ),
  'change-resumed': each(
    'goes on',
    'plain',
    ({ control }, words) => `${quoted(control, words)}: the change goes on`,
  ),
  'change-withdrawn': (entries, words, beside) =>
    beside.has('case-held') || beside.has('case-failed')
      ? []
      : each('waits', 'waits', ({ control, payload }) =>
          about(
            `${quoted(control, words)}: the change is taken back before it is made`,
            textOf(payload, 'reason'),
          ),
        )(entries, words, beside, entries),
  'change-applied': (entries, words, beside) => {
    if (entries.some(({ payload }) => payload.answer === 'unknown')) {
      return [{ verb: 'found', tone: 'plain', text: 'The change had taken effect: it is not made twice' }];
    }
    return beside.has('change-verified') || beside.has('case-closed')
      ? []
      : each('noted', 'quiet', ({ control }) => `${quoted(control, words)}: changed, and to be read again`)(
          entries,
          words,
          beside,
          entries,
        );
  },
  'change-verified': (entries, words, beside) =>
    beside.has('case-closed')
      ? []
      : each('noted', 'quiet', ({ control }) => `${quoted(control, words)}: read again, in sync`)(
          entries,
          words,
          beside,
          entries,
        ),
  'case-stuck': each('failed', 'bad', ({ control, payload }, words) =>
    about(`${quoted(control, words)} is stuck: a person has to look`, textOf(payload, 'reason')),
  ),
  'case-failed': each('failed', 'bad', ({ control, payload }, words) => {
    const action = textOf(payload, 'action');
    const why = joined([textOf(payload, 'message'), action && `(needs ${action})`], ' ');
    return about(`${quoted(control, words)} stays open`, why);
  }),
  'case-closed': (entries, words) => {
    const payload = entries[0]?.payload ?? {};
    const reason = textOf(payload, 'reason');
    const others = otherWritersOf(payload, words);
    return [
      {
        verb: 'closed',
        tone: 'good',
        text: about(
          entries.length === 1 ? 'Case closed' : `${entries.length} cases closed`,
          joined([
            wordOf(closings, reason) ?? reason,
            others && `${others} also wrote in between, so the closure may be theirs`,
          ]),
        ),
      },
    ];
  },
};

/** Puts entries that came together into words, in the order in which their kinds first came. */
export function describeEntries(entries: readonly LedgerEntry[], words: Dictionary): readonly Line[] {
  const kinds = new Set(entries.map(({ kind }) => kind));
  return [...kinds].flatMap((kind) => {
    const alike = entries.filter((entry) => entry.kind === kind);
    const describe = Object.hasOwn(describers, kind) ? describers[kind] : undefined;
    return describe?.(alike, words, kinds, entries) ?? alike.map((entry) => describeServiceEntry(entry));
  });
}

function each(
  verb: string,
  tone: Line['tone'],
  say: (entry: LedgerEntry, words: Dictionary) => string,
): Describe {
  return (entries, words) => entries.map((entry) => ({ verb, tone, text: say(entry, words) }));
}

function quoted(control: string, { titleOf }: Dictionary): string {
  return control === '' ? 'A case' : `"${titleOf(control)}"`;
}

/** The word for a reason; undefined for one that the table does not have. */
function wordOf(table: Readonly<Record<string, string>>, reason: string | undefined): string | undefined {
  return reason !== undefined && Object.hasOwn(table, reason) ? table[reason] : undefined;
}

function isUndo({ kind, payload }: LedgerEntry): boolean {
  return kind === 'case-decided' && payload.decision === 'undo';
}

function closeText(count: number): string {
  return count === 1 ? 'close it' : `close ${count === 2 ? 'both' : `all ${count}`} with one write`;
}

/** Why a change is made: people said so, or the policy lets Leakstop close what it saw open. */
function whyOf(entries: readonly LedgerEntry[]): string {
  return entries.some(({ payload }) => payload.approval !== undefined)
    ? 'Approved by people'
    : 'Witnessed, mode auto';
}

function missingText(missing: unknown): string | undefined {
  if (typeof missing !== 'boolean') {
    return undefined;
  }
  return missing ? 'the resource is not to be found, and is looked for again' : 'the resource is there again';
}
