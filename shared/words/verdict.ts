import type { Verdict } from '../case/decision.ts';

/** What was decided, as a sentence goes on: "Ada approved the change". */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  approve: 'approved the change',
  deny: 'denied the change',
  exempt: 'exempted the drift',
  undo: 'had the change undone',
};
