import type { Clock } from '../clock.ts';
import { readCaseData, type CaseData } from '../case/case-data.ts';
import type { ReadEntry } from '../ledger/chain-reader.ts';
import { payloadOf } from '../ledger/format/read-payload.ts';
import type { Notice, NoticeChannel, NoticeState, Waiting } from '../work/notice-state.ts';

/** Most questions, and most follow-ups, that a window sends one by one; the rest go out as one at its end. */
export const mostSingle = 5;
export const windowMs = 5 * 60_000;
/** Longest wait of standing drift for the end of a baseline. */
export const longestStandingMs = 6 * 60 * 60_000;
/** Above this number a notice says "all that wait" instead of naming cases. */
const mostNamed = 2_000;
/** Most entries that one message reports. */
const mostEntries = 200;
const mostAsked = 1_000;
/** Alerts within this time share one notice, and are given up together. */
const sharedMs = 60 * 60_000;

/** Parameters of the collecting functions. */
export interface Collecting {
  readonly state: NoticeState;
  readonly clock: Clock;
  /** The configured channels. */
  readonly channels: ReadonlySet<NoticeChannel>;
}

/** Adds the messages about one entry to the state. Does no I/O. */
export function collect(collecting: Collecting, entry: ReadEntry): void {
  const { state } = collecting;
  switch (entry.kind) {
    case 'baseline-started':
      state.isBaselining = true;
      break;
    case 'baseline-completed':
      state.isBaselining = false;
      break;
    case 'decision-requested':
      collectAsk(collecting, entry);
      break;
    case 'decision-recorded':
    case 'decision-voided':
      addFollowUp(collecting, entry.sequence);
      break;
    case 'case-closed':
    case 'case-failed':
    case 'case-stuck':
      collectEnd(collecting, entry);
      break;
    case 'case-held':
      if (payloadOf('case-held', entry.kind, entry.body?.payload)?.refusal !== undefined) {
        collectEnd(collecting, entry);
      }
      break;
    case 'case-escalated':
      collectEscalation(collecting, entry);
      break;
    default:
  }
  state.cursor = Math.max(state.cursor, entry.sequence);
}

/** The case's data after an entry; undefined if the entry carries no readable row. */
export function dataAfter({ body, caseId }: ReadEntry): CaseData | undefined {
  const row = body?.row;
  if (row === undefined || caseId === null) {
    return undefined;
  }
  try {
    return readCaseData({ key: row.key, caseId, state: 'open', sequence: 0, data: row.data });
  } catch {
    return undefined;
  }
}

function collectAsk({ state, clock, channels }: Collecting, { kind, caseId, body }: ReadEntry): void {
  if (caseId === null || !channels.has('teams')) {
    return;
  }
  const asked = payloadOf('decision-requested', kind, body?.payload);
  const hash = asked?.proposal.slice(0, 16) ?? '';
  const before = state.asked[caseId];
  rememberAsked(state, caseId, hash);
  if (asked?.because === 'unwitnessed' && state.isBaselining) {
    state.standing ??= { cases: [], since: clock.now().toISOString() };
    addWaiting(state.standing, caseId);
    return;
  }
  addAsk({ state, clock, channels }, caseId, againOf(before, hash));
}

/** The fate of the question that was asked before about the same case; undefined for the first question. */
function againOf(before: string | undefined, hash: string): Notice['again'] {
  if (before === undefined) {
    return undefined;
  }
  return before === hash ? 'expired' : 'changed';
}

function addAsk({ state, clock }: Collecting, caseId: string, again: Notice['again']): void {
  const waiting = state.notices.find(
    ({ about, waiting: asked }) => about === 'ask' && asked?.cases.includes(caseId),
  );
  if (waiting !== undefined) {
    // The message tells the question as it stands at the time of sending.
    waiting.again = again;
    return;
  }
  const window = openWindow(state, clock);
  if (window.asks < mostSingle) {
    window.asks += 1;
    addNotice(state, clock, {
      channel: 'teams',
      about: 'ask',
      waiting: { cases: [caseId] },
      ...(again === undefined ? {} : { again }),
    });
  } else {
    addWaiting(window.later, caseId);
  }
}

function collectEnd(collecting: Collecting, entry: ReadEntry): void {
  const data = dataAfter(entry);
  if (data?.asked !== undefined) {
    addFollowUp(collecting, entry.sequence);
  }
  if (entry.kind === 'case-closed' && entry.caseId !== null) {
    collecting.state.asked = without(collecting.state.asked, entry.caseId);
    if ((data?.escalated ?? []).length > 0) {
      addAlert(collecting, entry.sequence);
    }
  }
}

function collectEscalation(collecting: Collecting, entry: ReadEntry): void {
  addAlert(collecting, entry.sequence);
  // A question that is repeated in the same transaction already says that the first one went unanswered.
  if (payloadOf('case-escalated', entry.kind, entry.body?.payload)?.reason !== 'unanswered') {
    addFollowUp(collecting, entry.sequence);
  }
}

function addFollowUp({ state, clock, channels }: Collecting, sequence: number): void {
  if (!channels.has('teams')) {
    return;
  }
  const window = openWindow(state, clock);
  if (window.followUps < mostSingle) {
    window.followUps += 1;
    addNotice(state, clock, { channel: 'teams', about: 'follow-up', entries: [sequence] });
    return;
  }
  window.laterEntries.push(sequence);
  if (window.laterEntries.length >= mostEntries) {
    addNotice(state, clock, { channel: 'teams', about: 'follow-up', entries: window.laterEntries.splice(0) });
  }
}

function addAlert({ state, clock, channels }: Collecting, sequence: number): void {
  if (!channels.has('escalation')) {
    return;
  }
  const last = state.notices.findLast(({ about }) => about === 'alert');
  const isYoung = last !== undefined && Date.parse(last.since) + sharedMs > clock.now().getTime();
  if (isYoung && last.entries !== undefined && last.entries.length < mostEntries) {
    last.entries.push(sequence);
  } else {
    addNotice(state, clock, { channel: 'escalation', about: 'alert', entries: [sequence] });
  }
}

/** Adds a message to send. */
export function addNotice(
  state: NoticeState,
  clock: Clock,
  notice: Omit<Notice, 'id' | 'since' | 'attempts'>,
  since = clock.now().toISOString(),
): void {
  state.notices.push({ id: clock.uuid(), since, attempts: 0, ...notice });
}

function openWindow(state: NoticeState, clock: Clock): NonNullable<NoticeState['window']> {
  closeWindow(state, clock);
  return (state.window ??= {
    until: new Date(clock.now().getTime() + windowMs).toISOString(),
    asks: 0,
    followUps: 0,
    later: { cases: [] },
    laterEntries: [],
  });
}

/**
 * Turns the questions and follow-ups that waited for the end of a window, or of the baseline, into one message each.
 */
export function closeWindows(state: NoticeState, clock: Clock): void {
  closeWindow(state, clock);
  const { standing } = state;
  if (
    standing !== undefined &&
    (!state.isBaselining || Date.parse(standing.since) + longestStandingMs <= clock.now().getTime())
  ) {
    const { since: _since, ...waiting } = standing;
    delete state.standing;
    addNotice(state, clock, { channel: 'teams', about: 'digest', digest: 'standing', waiting });
  }
}

function closeWindow(state: NoticeState, clock: Clock): void {
  const { window } = state;
  if (window === undefined || Date.parse(window.until) > clock.now().getTime()) {
    return;
  }
  delete state.window;
  const since = foldUnsent(state, window);
  if (window.later.all === true || window.later.cases.length > 0) {
    const about = { channel: 'teams', about: 'digest', digest: 'storm', waiting: window.later } as const;
    addNotice(state, clock, about, since);
  }
  while (window.laterEntries.length > 0) {
    const entries = window.laterEntries.splice(0, mostEntries);
    addNotice(state, clock, { channel: 'teams', about: 'follow-up', entries });
  }
}

/**
 * Folds unsent messages into the window's, so that the list does not grow while Teams takes nothing. Returns the time since
 * which the oldest folded question waits.
 */
function foldUnsent(state: NoticeState, window: NonNullable<NoticeState['window']>): string | undefined {
  if (state.channels.teams?.failingSince === undefined) {
    return undefined;
  }
  const isFolded = ({ channel, about, waiting, entries = [] }: Notice): boolean =>
    channel === 'teams' && (waiting !== undefined || (about === 'follow-up' && entries.length < mostEntries));
  const folded = state.notices.filter(isFolded);
  state.notices = state.notices.filter((notice) => !isFolded(notice));
  for (const { waiting, entries = [] } of folded) {
    waiting?.cases.forEach((caseId) => addWaiting(window.later, caseId));
    if (waiting?.all === true) {
      window.later = { cases: [], all: true };
    }
    window.laterEntries.push(...entries);
  }
  window.laterEntries.sort((one, other) => one - other);
  return folded.flatMap(({ waiting, since }) => (waiting === undefined ? [] : [since])).sort()[0];
}

function addWaiting(waiting: Waiting, caseId: string): void {
  if (waiting.all === true || waiting.cases.includes(caseId)) {
    return;
  }
  waiting.cases.push(caseId);
  if (waiting.cases.length > mostNamed) {
    waiting.cases = [];
    waiting.all = true;
  }
}

function rememberAsked(state: NoticeState, caseId: string, hash: string): void {
  const entries = Object.entries({ ...without(state.asked, caseId), [caseId]: hash });
  state.asked = Object.fromEntries(entries.slice(-mostAsked));
}

function without(record: Readonly<Record<string, string>>, key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}
