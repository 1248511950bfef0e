import type { Mode, Severity } from '../engine/remediator.ts';

/** What a rule is asked about. */
export interface PolicySubject {
  readonly control: string;
  /** The mode that the remediator itself proposes. */
  readonly defaultMode: Mode;
  readonly resource: string;
  readonly severity: Severity;
}

/** What Leakstop may do, as the people who run it decided. */
export interface Policy {
  /** Names the document, so that each decision says which one it rests on. */
  readonly name: string;
  modeOf(subject: PolicySubject): { readonly mode: Mode; readonly rule: string };
  /** Changes that may be started in one subscription in one hour. */
  readonly changesPerHour: number;
}

/** What holds until there is a policy file: every control in the mode that its remediator proposes. */
export const defaultPolicy: Policy = {
  name: 'default',
  modeOf: ({ defaultMode }) => ({ mode: defaultMode, rule: 'default' }),
  changesPerHour: 200,
};
