import type { Verdict } from '../case/decision.ts';

/** A decision inside a sentence: "Ada approved the change". */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  approve: 'approved the change',
  deny: 'denied the change',
  exempt: 'exempted the drift',
  undo: 'had the change undone',
};

/** The action of the person who decides, for buttons and choices. */
export const verdictLabels: Readonly<Record<Verdict, string>> = {
  approve: 'Approve',
  deny: 'Deny',
  exempt: 'Exempt',
  undo: 'Undo',
};

/** The request that a decision makes, told before it is made. */
export const verdictHints: Readonly<Record<Verdict, string>> = {
  approve:
    'Leakstop makes exactly this change. If it is no longer the same by then, nothing is done and you are asked again.',
  deny: 'Do not make this change. The case stays open, and is asked about again afterwards.',
  exempt: 'The drift is permitted, with you as its owner.',
  undo: 'Leakstop writes this change, and the drift that it opens is permitted until the day that you choose.',
};

/** The effect of a decision on which enough people agree, told once it is recorded. */
export const verdictEffects: Readonly<Record<Verdict, string>> = {
  approve: 'Leakstop now looks at the resource again, and makes the change if it is still exactly this one.',
  deny: 'The change is not made. The case stays open, and is asked about again afterwards.',
  exempt: 'The drift is permitted until the day that you chose.',
  undo: 'Leakstop now takes the change back, if the resource is still as the change left it.',
};

/** One person's decision as a heading: other people may have to decide the same before anything happens. */
export const verdictHeadings: Readonly<Record<Verdict, string>> = {
  approve: 'Approved: the leak is to be closed',
  deny: 'Denied: the leak is to stay open for a time',
  exempt: 'Exempted: the leak is to stay open for a time',
  undo: 'To be undone: the leak is to be opened again for a time',
};
