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

/** What messages are sent with. */
export interface Dispatching {
  readonly hold: NoticeHold;
  readonly webhooks: Readonly<Partial<Record<NoticeChannel, Webhook>>>;
  /** Signs what goes to the second channel. */
  readonly key: Pick<SigningKey, 'sign' | 'currentKeyId'>;
  readonly composing: Composing;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Messages that one run sends on one channel, at most. */
const mostSent = 20;
const giveUpMs = 24 * 60 * 60_000;
const firstPauseMs = 15_000;
const longestPauseMs = 15 * 60_000;
const longestAskedPauseMs = 60 * 60_000;
/** What is refused is tried again so much later. */
const refusedPauseMs = 30 * 60_000;
/** What cannot be written, since a key or the ledger is away, is tried again so much later. */
const unwrittenPauseMs = 60_000;
/** Cases that the ledger is told by name. */
const mostCases = 200;
/** After so long without a message taken by Teams, the other channel is told. */
const undeliveredMs = 60 * 60_000;

/** Sends what is due. State is kept before each message, so that a crash loses none, and counts those that it repeats. */
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

/** Notes that a channel did not get a message; how often that was so in a row. */
function fail(state: NoticeState, channel: NoticeChannel, clock: Clock): number {
  const { failures = 0, failingSince = clock.now().toISOString() } = state.channels[channel] ?? {};
  state.channels[channel] = { ...state.channels[channel], failures: failures + 1, failingSince };
  return failures + 1;
}

function later(clock: Clock, milliseconds: number): string {
  return new Date(clock.now().getTime() + milliseconds).toISOString();
}

/** The message is out. One of several alerts makes room for the next. */
function finish(state: NoticeState, notice: Notice): void {
  if (notice.about === 'alert' && (notice.entries?.length ?? 0) > 1) {
    notice.entries?.shift();
    notice.attempts = 0;
    delete notice.next;
    return;
  }
  state.notices = state.notices.filter(({ id }) => id !== notice.id);
}

/** A day is over. Questions that are younger than the message that holds them go on in another one. */
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

/** Tells the other channel that Teams takes nothing, and when it does again. */
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
