/** The reason for another pass at once. */
export type Again =
  /** The body that came with the message does not clear the root: the root has to be read. */
  | { readonly kind: 'needs-read' }
  /** A case or a resource differs from this pass's knowledge of it. */
  | { readonly kind: 'raced' }
  /** Less of the hour's budget is left than this pass knew. `used`: the changes of this hour. */
  | { readonly kind: 'over-budget'; readonly used: number }
  /** Every child of the root has to be read. */
  | { readonly kind: 'children' };

/** The sequel of a piece of work: another pass at once, or else a look at a moment. */
export interface Next {
  readonly again: Again | undefined;
  /** When to look again; undefined when only news or a person moves anything. */
  readonly wakeAt: Date | undefined;
}

export const nothingMore: Next = { again: undefined, wakeAt: undefined };

export function passAgain(again: Again): Next {
  return { again, wakeAt: undefined };
}

export function lookAt(moment: Date | undefined): Next {
  return { again: undefined, wakeAt: moment };
}

/** One sequel for all of them: the first named reason, and the soonest moment. */
export function together(...nexts: readonly Next[]): Next {
  return {
    again: nexts.find(({ again }) => again !== undefined)?.again,
    wakeAt: soonest(nexts.map(({ wakeAt }) => wakeAt)),
  };
}

/** The soonest of some moments; undefined when there is none. */
export function soonest(moments: readonly (Date | undefined)[]): Date | undefined {
  const times = moments.filter((moment) => moment !== undefined).map((moment) => moment.getTime());
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}
