import type { ControlFacts } from '../control-facts.ts';
import type { Remark } from '../diagnostic.ts';
import type { PolicyDocument } from '../document.ts';

/** What checks may know beside the document. */
export interface CheckContext {
  readonly controls: readonly ControlFacts[];
  /** Only warnings depend on it: a document that was accepted stays valid. */
  readonly now: Date;
}

/** Looks at one side of a document that has the right shape. */
export type Check = (document: PolicyDocument, context: CheckContext) => readonly Remark[];
