import type { Refusal } from './refusal.ts';

/** Every way in which work can fail: when it may be tried again, and whether a write that failed so can have had an effect. */
export const errorPolicies = {
  /** The resource, or its parent, does not exist. */
  'resource-gone': { retry: 'never', applied: 'perhaps' },
  /** Azure refuses the call: a role assignment is missing. The message names the action. */
  'access-denied': { retry: 'never', applied: 'perhaps' },
  /** An Azure Policy assignment denies the write. */
  'denied-by-policy': { retry: 'never', applied: 'perhaps' },
  /** A lock on the resource, or above it, stops the write. */
  'resource-locked': { retry: 'never', applied: 'perhaps' },
  /** A deny assignment on the resource, or above it, forbids the write that a role allows. */
  'denied-by-assignment': { retry: 'never', applied: 'perhaps' },
  /** The resource has no such feature: a file share account has no containers. */
  'not-supported': { retry: 'never', applied: 'perhaps' },
  /** Azure says that the request is wrong. */
  'request-refused': { retry: 'never', applied: 'perhaps' },
  /** The answer, message or setting is not what its schema says. */
  'malformed-input': { retry: 'never', applied: 'perhaps' },
  /** The write was accepted, and the resource is still not in sync. */
  'not-converged': { retry: 'never', applied: 'perhaps' },
  /** The resource is neither as it was before the step nor as it should be after it. */
  'step-conflict': { retry: 'never', applied: 'no' },
  /** Somebody else changed the row or resource in between: look again. */
  'resource-changed': { retry: 'soon', applied: 'no' },
  /** Another operation runs on the resource. */
  'operation-in-progress': { retry: 'soon', applied: 'no' },
  /** The state of the resource is in the way (409), and Azure names no reason that is known to last. */
  conflict: { retry: 'soon', applied: 'no' },
  /** Azure asks us to wait (429). */
  throttled: { retry: 'later', applied: 'no' },
  /** Azure Resource Manager answers 5xx, or not at all. */
  'azure-unavailable': { retry: 'later', applied: 'perhaps' },
  /** No identity can get a token. */
  'identity-unavailable': { retry: 'later', applied: 'no' },
  /** Tables, Queues or Blobs of our own storage answer 5xx, or not at all. */
  'storage-unavailable': { retry: 'later', applied: 'perhaps' },
  /** Changes are stopped, because the ledger contradicts one of its checkpoints. */
  'changes-halted': { retry: 'later', applied: 'no' },
  /** A row is not as this app sealed it: nothing is decided by it until a person has looked at it. */
  'rows-not-believed': { retry: 'later', applied: 'no' },
  /**
   * The policy document is not valid, and no earlier one was ever in force: nothing is decided until somebody mends
   * it.
   */
  'policy-invalid': { retry: 'later', applied: 'no' },
  /** The kill switch stops changes, or cannot be read, which counts as the same. */
  'changes-stopped': { retry: 'later', applied: 'no' },
  /** The claim on the work row runs out before the work is done. */
  'claim-expired': { retry: 'soon', applied: 'no' },
  /** A fault in Leakstop itself. */
  'internal-error': { retry: 'never', applied: 'perhaps' },
} as const satisfies Record<string, { retry: 'never' | 'soon' | 'later'; applied: 'no' | 'perhaps' }>;

/** A code of {@link errorPolicies}. */
export type ErrorCode = keyof typeof errorPolicies;

/** Facts about an error beside its code. */
export interface ErrorFacts {
  readonly retryAfterInMs?: number | undefined;
  readonly action?: string | undefined;
  readonly refusal?: Refusal | undefined;
  readonly isWhole?: boolean | undefined;
}

/** The one error class. Callers decide by `code`, never by the text of the message. */
export class RemediationError extends Error {
  override readonly name = 'RemediationError';
  readonly code: ErrorCode;
  /** The wait that Azure asked for, where it did. */
  readonly retryAfterInMs: number | undefined;
  /** The Azure operation that the caller may not do, such as `Microsoft.Storage/storageAccounts/write`. */
  readonly action: string | undefined;
  /** The lock, policy or deny assignment that forbids the write, where it is not a missing right. */
  readonly refusal: Refusal | undefined;
  /** True if Azure refuses every write of this kind to the resource, whatever it would change. */
  readonly isWhole: boolean;

  constructor(code: ErrorCode, message: string, options: ErrorOptions & ErrorFacts = {}) {
    super(message, options);
    this.code = code;
    this.retryAfterInMs = options.retryAfterInMs;
    this.action = options.action;
    this.refusal = options.refusal;
    this.isWhole = options.isWhole ?? false;
  }
}

/** True if the failed write certainly had no effect. After any other error it may have had one. */
export function isCertainlyNotApplied({ code }: RemediationError): boolean {
  return errorPolicies[code].applied === 'no';
}

/** True if the same work can succeed later without anybody doing anything. */
export function isTransient(error: unknown): boolean {
  return error instanceof RemediationError && errorPolicies[error.code].retry !== 'never';
}
