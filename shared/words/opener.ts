import type { CaseData, Opener } from '../case/case-data.ts';
import { actorText } from './actor.ts';
import { asItStands, type ShowGiven } from './given.ts';
import { moment } from './moment.ts';

/** The opener of a drift, in words. */
export interface OpenerWords {
  /** The people or applications that opened the drift, or may have. */
  readonly actors: readonly Readonly<Record<string, unknown>>[];
  /** The certainty of the attribution. */
  readonly certainty: string;
}

export function openerWords(opener: Opener): OpenerWords {
  switch (opener.grade) {
    case 'proven':
      return { actors: [opener.actor], certainty: 'proven: the only write in that time' };
    case 'candidates':
      return {
        actors: opener.actors,
        certainty: 'not certain: one of those who wrote in that time, or somebody else',
      };
    case 'unknown':
      return { actors: [], certainty: 'not known' };
  }
}

/** The effect on decisions when nobody is proven to have opened the drift. */
export const leavingTakesTwo = 'to leave it open takes two people';

/** The opener of a drift, in a few words for a table: "Ada", "perhaps Ada, Bob", "not known". */
export function openerText(opener: Opener, given: ShowGiven = asItStands): string {
  const { actors } = openerWords(opener);
  if (actors.length === 0) {
    return 'not known';
  }
  const names = actors.map((actor) => actorText(actor, given)).join(', ');
  return opener.grade === 'proven' ? names : `perhaps ${names}`;
}

/** The time since which a drift is open, as far as it is known. `time` lays out a moment. */
export function sinceText(
  {
    lastSeenInSync,
    firstSeenDrifted,
    witnessed,
  }: Pick<CaseData, 'witnessed' | 'firstSeenDrifted'> & { readonly lastSeenInSync?: string | undefined },
  time: (iso: string) => string = moment,
): string {
  const seen = time(firstSeenDrifted);
  if (lastSeenInSync !== undefined) {
    const before = time(lastSeenInSync);
    return before === seen ? `opened ${seen}` : `opened between ${before} and ${seen}`;
  }
  return witnessed
    ? `first seen open ${seen}, and not there before`
    : `first seen open ${seen}; it may have stood open for long before that`;
}
