import type { ControlFacts } from '../control-facts.ts';
import type { Remark } from '../diagnostic.ts';
import type { PolicyDocument } from '../document.ts';

/** The context of a check, beside the document. */
export interface CheckContext {
  readonly controls: readonly ControlFacts[];
  /** Only warnings depend on the time: a document that was accepted stays valid. */
  readonly now: Date;
}

/** Checks one aspect of a document that has the right shape. */
export type Check = (document: PolicyDocument, context: CheckContext) => readonly Remark[];
