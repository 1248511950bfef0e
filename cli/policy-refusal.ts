import { RemediationError } from '../shared/errors.ts';

/** Refusal of a policy document. `details` holds the lines that say what is wrong with the document, and where. */
export class PolicyRefusal extends RemediationError {
  readonly details: readonly string[];

  /** `diagnostics`: printable lines. */
  constructor(message: string, diagnostics: string) {
    super('malformed-input', message);
    this.details = diagnostics.trimEnd().split('\n');
  }
}
