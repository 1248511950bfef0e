import type { Obstacle } from '../case/obstacle.ts';
import { asItStands, type ShowGiven } from './given.ts';
import { moment } from './moment.ts';

/**
 * The time of the next attempt at a refused change, as the words after "Looked at again". With `now`, a past time is
 * told as past.
 */
export function againText(
  { until, sooner }: Pick<Obstacle, 'sooner'> & { readonly until?: Date | undefined },
  now?: Date,
  given: ShowGiven = asItStands,
): string {
  const atOnce = `at once when ${given(sooner)}`;
  if (until === undefined) {
    return atOnce;
  }
  return now === undefined || until > now ? `at ${moment(until)}, or ${atOnce}` : `by now, or ${atOnce}`;
}
