import type { CaseData, EscalationReason } from '../case/case-data.ts';
import type { CloseReason } from '../ledger/format/states.ts';
import { closeWords } from './close.ts';
import { engineControl } from './engine-controls.ts';
import { escalationWords } from './escalation.ts';
import { stateWords } from './state.ts';

/** The case whose outcome is told: the failed action differs between cases. */
export type ConcernedCase = Pick<CaseData, 'control'> & Partial<Pick<CaseData, 'undo'>>;

/** The action that did not succeed when a case failed. */
export function failedText({ control, undo }: ConcernedCase): string {
  if (engineControl(control) !== undefined) {
    return `${stateWords.failed}: Leakstop could not read or judge the resource`;
  }
  return undo === undefined
    ? `${stateWords.failed}: Leakstop could not close the leak`
    : `${stateWords.failed}: Leakstop could not take the change back`;
}

/** A hold for which Azure named the obstacle. */
export const refusedText = `${stateWords.held}: Azure forbids the change`;
export const stuckText = `${stateWords.stuck}: a person has to look at it`;
export const voidedText = 'Void: what was decided no longer counts';

export function closedText(reason: CloseReason | undefined): string {
  return reason === undefined ? stateWords.closed : `${stateWords.closed}: ${closeWords[reason]}`;
}

export function escalatedText(reason: EscalationReason | undefined): string {
  return reason === undefined ? 'Escalated' : `Escalated: ${escalationWords[reason]}`;
}
