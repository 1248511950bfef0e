import { ownMember } from '../own-member.ts';
import { asItStands, type ShowGiven } from './given.ts';
import { type Shown, shownText } from './step.ts';

/** The undo of a change, or of a proposal as a caller of the API gets it. */
export interface AnyUndo {
  readonly kind: string;
  readonly note?: string | undefined;
  readonly values?: Readonly<Record<string, unknown>> | undefined;
}

/** The answer to "Can be undone". */
export interface UndoWords {
  readonly answer: string;
  readonly note: string | undefined;
  /** The values that undo writes, by property. */
  readonly writes: readonly { readonly what: string; readonly to: Shown }[];
}

const answers: Readonly<Record<string, string>> = {
  exact: 'Yes, exactly',
  default: 'Yes, but not exactly',
  none: 'No',
};

export function undoWords(undo: AnyUndo | undefined): UndoWords {
  const { kind = '', note, values = {} } = undo ?? {};
  return {
    answer: ownMember(answers, kind) ?? 'Not known',
    note: note === '' ? undefined : note,
    writes: Object.entries(values).map(([what, value]) => ({ what, to: { kind: 'value', value } })),
  };
}

/** The answer and its note as one text, without the values that undo writes. */
export function undoAnswer(undo: AnyUndo | undefined, given: ShowGiven = asItStands): string {
  const { answer, note } = undoWords(undo);
  return note === undefined ? answer : `${answer}. ${given(note)}`;
}

/** The answer, its note and the values that undo writes, as one text. */
export function undoText(undo: AnyUndo | undefined, given: ShowGiven = asItStands): string {
  const { writes } = undoWords(undo);
  const written = writes.map(({ what, to }) => `${given(what)} becomes ${given(shownText(to))}`);
  return [undoAnswer(undo, given), ...written].join('; ');
}
