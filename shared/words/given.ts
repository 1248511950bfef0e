/** A layout's way to show a text that others wrote: a name, a note, a reason. The words around the text are ours. */
export type ShowGiven = (text: string) => string;

/** For layouts that make the whole text safe afterwards. */
export const asItStands: ShowGiven = (text) => text;
