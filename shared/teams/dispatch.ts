import type { SigningKey } from '../azure/signing-key.ts';
import type { Clock } from '../clock.ts';
import { readCaseData } from '../case/case-data.ts';
import { RemediationError } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { safeCause } from '../text/safe-cause.ts';
import type { Notice, NoticeChannel, NoticeState, ToldNotice } from '../work/notice-state.ts';
import type { NoticeHold } from '../work/notice-store.ts';
import { signatureHeader, signatureOf } from './alert.ts';
import { addNotice } from './collect.ts';
import { compose, type Composed, stillWaiting } from './compose.ts';
import type { Composing } from './composing.ts';
import type { Delivery, Webhook } from './webhook.ts';

/** The data and services with which messages are sent. */
export interface Dispatching {
  readonly hold: NoticeHold;
  readonly webhooks: Readonly<Partial<Record<NoticeChannel, Webhook>>>;
  /** Signs messages for the second channel. */
  readonly key: Pick<SigningKey, 'sign' | 'currentKeyId'>;
  readonly composing: Composing;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Most messages that one run sends on one channel. */
const mostSent = 20;
const giveUpMs = 24 * 60 * 60_000;
const firstPauseMs = 15_000;
const longestPauseMs = 15 * 60_000;
const longestAskedPauseMs = 60 * 60_000;
/** Pause before a refused message is tried again. */
const refusedPauseMs = 30 * 60_000;
/** Pause before a message is tried again that could not be composed because a key or the ledger is away. */
const unwrittenPauseMs = 60_000;
/** Most cases that an entry of the ledger names. */
const mostCases = 200;
/** After this time without a message accepted by Teams, the other channel is told. */
const undeliveredMs = 60 * 60_000;

/**
 * Sends the messages that are due. The state is kept before each message: a crash loses no message, and repeats are
 * counted.
 */
export async function dispatch(dispatching: Dispatching): Promise<void> {
  for (const channel of ['escalation', 'teams'] as const) {
    const webhook = dispatching.webhooks[channel];
    if (webhook !== undefined) {
      await dispatchOn(dispatching, channel, webhook);
    }
  }
}

async function dispatchOn(dispatching: Dispatching, channel: NoticeChannel, webhook: Webhook): Promise<void> {
  const { state } = dispatching.hold;
  for (let sent = 0; sent < mostSent; sent += 1) {
    const notice = state.notices.find(
      (each) => each.channel === channel && isDue(dispatching, each, state.channels[channel]?.until),
    );
    if (notice === undefined) {
      return;
    }
    await handle(dispatching, notice, webhook);
  }
}

function isDue({ clock }: Dispatching, { next }: Notice, until: string | undefined): boolean {
  const now = clock.now().getTime();
  return [next, until].every((time) => time === undefined || Date.parse(time) <= now);
}

async function handle(dispatching: Dispatching, notice: Notice, webhook: Webhook): Promise<void> {
  const { hold, clock } = dispatching;
  if (Date.parse(notice.since) + giveUpMs <= clock.now().getTime()) {
    giveUp(dispatching, notice);
    await hold.save();
    return;
  }
  const text = await composedText(dispatching, notice);
  if (text === 'failed') {
    notice.next = later(clock, unwrittenPauseMs);
    fail(hold.state, notice.channel, clock);
    await hold.save();
    return;
  }
  if (text === undefined) {
    finish(hold.state, notice);
    await hold.save();
    return;
  }
  notice.attempts += 1;
  await hold.save();
  settle(dispatching, notice, text.cases, await webhook.post(text.body, text.headers));
  await hold.save();
}

interface Text extends Composed {
  readonly headers: Readonly<Record<string, string>>;
}

async function composedText(
  { composing, key, clock, logger }: Dispatching,
  notice: Notice,
): Promise<Text | undefined | 'failed'> {
  try {
    const text = await compose(composing, notice);
    if (text === undefined || notice.channel === 'teams') {
      return text && { ...text, headers: {} };
    }
    const signature = await signatureOf(key, clock, clock.uuid(), text.body);
    return { ...text, headers: { [signatureHeader]: signature } };
  } catch (error) {
    const { message } = error instanceof RemediationError ? error : safeCause(error);
    logger.warning('A message cannot be written yet', { about: notice.about, reason: message });
    return 'failed';
  }
}

function settle(
  { hold: { state }, clock, logger }: Dispatching,
  notice: Notice,
  cases: readonly string[],
  delivery: Delivery,
): void {
  const { channel, about, attempts } = notice;
  if (delivery.kind === 'accepted') {
    state.told.push(toldOf('notice-sent', notice, cases));
    state.channels[channel] = { failures: 0 };
    finish(state, notice);
    return;
  }
  logger.warning('A message was not taken', { about, channel, attempts, reason: delivery.reason });
  const failures = fail(state, channel, clock);
  if (delivery.kind === 'refused') {
    notice.next = later(clock, refusedPauseMs);
    return;
  }
  const pause = Math.min(firstPauseMs * 2 ** Math.min(failures - 1, 10), longestPauseMs);
  const asked = Math.min(delivery.retryAfterInMs ?? 0, longestAskedPauseMs);
  state.channels[channel] = {
    ...state.channels[channel],
    failures,
    until: later(clock, Math.max(asked, pause * (0.5 + clock.random() / 2))),
  };
}

function toldOf(
  kind: ToldNotice['kind'],
  { about, channel, attempts }: Notice,
  cases: readonly string[],
): ToldNotice {
  return { kind, cases: cases.slice(0, mostCases), count: cases.length, about, channel, attempts };
}

/** Notes that a channel did not get a message. Returns the number of failures in a row. */
function fail(state: NoticeState, channel: NoticeChannel, clock: Clock): number {
  const { failures = 0, failingSince = clock.now().toISOString() } = state.channels[channel] ?? {};
  state.channels[channel] = { ...state.channels[channel], failures: failures + 1, failingSince };
  return failures + 1;
}

function later(clock: Clock, milliseconds: number): string {
  return new Date(clock.now().getTime() + milliseconds).toISOString();
}

/** Marks a message as sent. If it was one of several alerts, the next one takes its place. */
function finish(state: NoticeState, notice: Notice): void {
  if (notice.about === 'alert' && (notice.entries?.length ?? 0) > 1) {
    notice.entries?.shift();
    notice.attempts = 0;
    delete notice.next;
    return;
  }
  state.notices = state.notices.filter(({ id }) => id !== notice.id);
}

/** Gives up a message after a day. Questions that are younger than their message move to a new message. */
function giveUp({ hold: { state }, composing, clock, logger }: Dispatching, notice: Notice): void {
  const { channel, about, attempts } = notice;
  const rows = notice.waiting === undefined ? [] : stillWaiting(composing, notice);
  const young = rows.filter((row) => {
    const { asked } = readCaseData(row);
    return asked !== undefined && Date.parse(asked.at) + giveUpMs > clock.now().getTime();
  });
  const old = rows.filter((row) => !young.includes(row)).map(({ caseId }) => caseId);
  state.notices = state.notices.filter(({ id }) => id !== notice.id);
  if (young.length > 0) {
    const waiting = { cases: young.map(({ caseId }) => caseId) };
    addNotice(state, clock, { channel, about: 'digest', digest: notice.digest ?? 'storm', waiting });
  }
  if (rows.length === 0 || old.length > 0) {
    state.told.push(toldOf('notice-failed', notice, old));
    logger.error('A message was given up after a day', { about, channel, attempts });
  }
}

/** Tells the other channel that Teams accepts no messages, and later that Teams accepts them again. */
export function watchTeams(state: NoticeState, clock: Clock, logger: Logger, hasOther: boolean): void {
  const since = state.channels.teams?.failingSince;
  if (since === undefined) {
    if (state.alarmedAt !== undefined) {
      delete state.alarmedAt;
      addUndelivered(state, clock, 'Resolved', hasOther);
    }
    return;
  }
  const isLong = Date.parse(since) + undeliveredMs <= clock.now().getTime();
  if (isLong && state.alarmedAt === undefined && state.notices.some(({ channel }) => channel === 'teams')) {
    state.alarmedAt = clock.now().toISOString();
    logger.error('Teams takes no messages: people are not asked there', { since });
    addUndelivered(state, clock, 'Fired', hasOther);
  }
}

function addUndelivered(
  state: NoticeState,
  clock: Clock,
  condition: 'Fired' | 'Resolved',
  hasOther: boolean,
): void {
  if (hasOther) {
    addNotice(state, clock, { channel: 'escalation', about: 'undelivered', condition });
  }
}
