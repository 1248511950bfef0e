/** What came of one attempt to deliver. */
export interface Attempt {
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** The word that a dead letter says for it. */
  readonly outcome: DeliveryOutcome;
}

export type DeliveryOutcome =
  | 'Delivered'
  | 'Aborted'
  | 'BadRequest'
  | 'Busy'
  | 'Forbidden'
  | 'NotFound'
  | 'PayloadTooLarge'
  | 'SocketError'
  | 'TimedOut'
  | 'Unauthorized';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const schedule = [
  10 * second,
  30 * second,
  minute,
  5 * minute,
  10 * minute,
  30 * minute,
  hour,
  3 * hour,
  6 * hour,
];
const lastDelay = 12 * hour;

const outcomes: Readonly<Record<number, DeliveryOutcome>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  408: 'TimedOut',
  413: 'PayloadTooLarge',
  429: 'Busy',
  503: 'Busy',
};
const neverRetried = [400, 401, 403, 413];
const leastDelays: Readonly<Record<number, number>> = { 404: 5 * minute, 408: 2 * minute, 503: 30 * second };

/** Judges an answer: 200 to 204 alone are success. */
export function judge(status: number): Attempt {
  const isDelivered = status >= 200 && status <= 204;
  return { status, outcome: isDelivered ? 'Delivered' : (outcomes[status] ?? 'Aborted') };
}

/** Whether another attempt can be made after this one at all. */
export function isWorthRetrying({ status }: Attempt): boolean {
  return status === undefined || !neverRetried.includes(status);
}

/** How long to wait after the nth attempt failed, up to a fifth more than planned. */
export function retryDelay(attempts: number, { status }: Attempt, random: () => number): number {
  const planned = schedule[attempts - 1] ?? lastDelay;
  const least = status === undefined ? 0 : (leastDelays[status] ?? 0);
  return Math.max(planned, least) * (1 + 0.2 * random());
}
