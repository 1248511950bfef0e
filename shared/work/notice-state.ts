import { z } from 'zod';
import { defined } from '../defined.ts';
import type { ClockBounds } from './clock-bounds.ts';

const time = z.string();
const sequence = z.int().nonnegative();

export const noticeChannels = ['teams', 'escalation'] as const;
export type NoticeChannel = (typeof noticeChannels)[number];

/** Cases of one digest; `all` where there are more than a row should name: then it is about every case that waits. */
const Waiting = z.strictObject({ cases: z.array(z.string()), all: z.literal(true).optional() });
export type Waiting = z.infer<typeof Waiting>;

/** One message that has to go out. Times are ISO 8601. */
const Notice = z.strictObject({
  id: z.string(),
  channel: z.enum(noticeChannels),
  about: z.enum(['ask', 'digest', 'follow-up', 'alert', 'undelivered']),
  since: time,
  /** How often it was sent, whatever came of it. */
  attempts: z.int().nonnegative(),
  /** Not before then. */
  next: time.optional(),
  /** Of a question: which cases. */
  waiting: Waiting.optional(),
  /** Of a question: why it is asked again. */
  again: z.enum(['expired', 'changed']).optional(),
  /** Of a digest. */
  digest: z.enum(['standing', 'storm', 'waiting']).optional(),
  /** Of what became of cases: the entries that tell it. Of alerts each is a message of its own, one after the other. */
  entries: z.array(sequence).optional(),
  condition: z.enum(['Fired', 'Resolved']).optional(),
});
export type Notice = z.infer<typeof Notice>;

/** What the ledger has still to be told of messages. */
const Told = z.strictObject({
  kind: z.enum(['notice-sent', 'notice-failed']),
  /** The first of them. */
  cases: z.array(z.string()),
  count: z.int(),
  about: z.string(),
  channel: z.string(),
  attempts: z.int(),
});
export type Told = z.infer<typeof Told>;

/** How far the notices of one chain are. */
export const NoticeState = z.strictObject({
  /** Sequence of the last entry that was looked at. */
  cursor: sequence,
  /** Whether everything of the subscription is being looked at for the first time: until then standing drift waits. */
  isBaselining: z.boolean(),
  /** Standing drift that waits for the end of the baseline. */
  standing: Waiting.extend({ since: time }).optional(),
  /** Some messages in a while go out one by one, what exceeds them as one at its end. */
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
  told: z.array(Told),
  /** The beginning of the hash of what was asked last, by case, newest last. */
  asked: z.record(z.string(), z.string()),
  channels: z.partialRecord(
    z.enum(noticeChannels),
    z.strictObject({ failures: z.int(), until: time.optional(), failingSince: time.optional() }),
  ),
  /** Whether people were told on the other channel that Teams takes nothing. */
  alarmedAt: time.optional(),
  /** Who sends, and until when nobody else may. */
  claim: z.strictObject({ id: z.string(), until: time }).optional(),
});
export type NoticeState = z.infer<typeof NoticeState>;

/** Nothing that is to be told waits for longer than this, in milliseconds: no pause of ours is longer. */
const longestPauseMs = 60 * 60_000;

/** A state as far as its times may be believed: people are told no later than by our own pauses, whatever the row says. */
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
