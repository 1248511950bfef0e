import { RemediationError } from '../shared/errors.ts';

/** A policy document that is not taken. `details` are the lines that say what is wrong with it, and where. */
export class PolicyRefusal extends RemediationError {
  readonly details: readonly string[];

  /** `diagnostics`: lines that are printable already. */
  constructor(message: string, diagnostics: string) {
    super('malformed-input', message);
    this.details = diagnostics.trimEnd().split('\n');
  }
}
