import { z } from 'zod';
import { defined } from '../defined.ts';
import type { ClockBounds } from './clock-bounds.ts';

const time = z.string();
const sequence = z.int().nonnegative();

export const noticeChannels = ['teams', 'escalation'] as const;
export type NoticeChannel = (typeof noticeChannels)[number];

/** Cases of one digest. `all` where a row could not name them all: the digest is then about every case that waits. */
const Waiting = z.strictObject({ cases: z.array(z.string()), all: z.literal(true).optional() });
export type Waiting = z.infer<typeof Waiting>;

/** One message to send. Times are ISO 8601. */
const Notice = z.strictObject({
  id: z.string(),
  channel: z.enum(noticeChannels),
  about: z.enum(['ask', 'digest', 'follow-up', 'alert', 'undelivered']),
  since: time,
  /** Number of sends, whatever their result. */
  attempts: z.int().nonnegative(),
  /** Earliest time of the next send. */
  next: time.optional(),
  /** For a question: its cases. */
  waiting: Waiting.optional(),
  /** For a question: why it is asked again. */
  again: z.enum(['expired', 'changed']).optional(),
  /** For a digest: its kind. */
  digest: z.enum(['standing', 'storm', 'waiting']).optional(),
  /** For a follow-up: the entries that it tells of. Alerts go out as messages of their own, one after the other. */
  entries: z.array(sequence).optional(),
  condition: z.enum(['Fired', 'Resolved']).optional(),
});
export type Notice = z.infer<typeof Notice>;

/** An entry about messages that the ledger still lacks. */
const ToldNotice = z.strictObject({
  kind: z.enum(['notice-sent', 'notice-failed']),
  /** The first of the cases. */
  cases: z.array(z.string()),
  count: z.int(),
  about: z.string(),
  channel: z.string(),
  attempts: z.int(),
});
export type ToldNotice = z.infer<typeof ToldNotice>;

/** The progress of one chain's notices. */
export const NoticeState = z.strictObject({
  /** Sequence of the last entry that was read. */
  cursor: sequence,
  /** True during the first look at the subscription: standing drift waits until it ends. */
  isBaselining: z.boolean(),
  /** Standing drift that waits for the end of the baseline. */
  standing: Waiting.extend({ since: time }).optional(),
  /** Only a few messages in one window go out one by one. The rest goes out as one message at its end. */
  window: z
    .strictObject({
      until: time,
      asks: z.int(),
      followUps: z.int(),
      later: Waiting,
      laterEntries: z.array(sequence),
    })
    .optional(),
  notices: z.array(Notice),
  told: z.array(ToldNotice),
  /** The beginning of the hash of each case's latest question, by case, newest last. */
  asked: z.record(z.string(), z.string()),
  channels: z.partialRecord(
    z.enum(noticeChannels),
    z.strictObject({ failures: z.int(), until: time.optional(), failingSince: time.optional() }),
  ),
  /** When people were told on the other channel that Teams accepts nothing. */
  alarmedAt: time.optional(),
  /** The sender, and until when nobody else may send. */
  claim: z.strictObject({ id: z.string(), until: time }).optional(),
});
export type NoticeState = z.infer<typeof NoticeState>;

/** Longest delay of anything that is to be told: no pause of Leakstop is longer. */
const longestPauseMs = 60 * 60_000;

/**
 * A state with its times bounded: whatever the row says, no notice is delayed for longer than Leakstop's own pauses.
 */
export function boundedNotices(state: NoticeState, bounds: ClockBounds, claimMs: number): NoticeState {
  const { claim, window, standing, alarmedAt, ...others } = state;
  const now = bounds.within('', 0);
  const since = (time: string): string => bounds.past(time) ?? now;
  const held = bounds.claim(claim, claimMs);
  return {
    ...others,
    notices: state.notices.map(({ next, ...notice }) => ({
      ...notice,
      since: since(notice.since),
      ...(next === undefined ? {} : { next: bounds.within(next, longestPauseMs) }),
    })),
    channels: Object.fromEntries(
      Object.entries(state.channels).map(([channel, { failures, until, failingSince }]) => [
        channel,
        {
          failures,
          ...(until === undefined ? {} : { until: bounds.within(until, longestPauseMs) }),
          ...(failingSince === undefined ? {} : { failingSince: since(failingSince) }),
        },
      ]),
    ),
    ...(window === undefined
      ? {}
      : { window: { ...window, until: bounds.within(window.until, longestPauseMs) } }),
    ...(standing === undefined ? {} : { standing: { ...standing, since: since(standing.since) } }),
    ...(alarmedAt === undefined ? {} : { alarmedAt: since(alarmedAt) }),
    ...defined({ claim: held }),
  };
}
