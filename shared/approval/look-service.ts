import type { Caller, Role } from '../entra/caller.ts';

/** Who may ask for a look: whoever acts on cases, and whoever runs the service. An auditor reads. */
export const lookRoles: readonly Role[] = ['Leakstop.Approver', 'Leakstop.RiskOwner', 'Leakstop.Operator'];

export function mayAskForLook({ kind, roles }: Caller): boolean {
  return kind === 'person' && lookRoles.some((role) => roles.includes(role));
}

export type LookResult =
  /** The worker is told. `root`: id of the resource whose observation covers the one that was named. */
  | { readonly kind: 'asked'; readonly root: string }
  | {
      readonly kind: 'refused';
      readonly code: 'not-allowed' | 'malformed' | 'not-found' | 'too-many';
      readonly message: string;
      /** With `too-many`: when it may be asked again, in milliseconds from now. */
      readonly retryAfterInMs?: number;
    };

/** Asks the worker to look at a resource now: what rests there is tried again. It decides nothing. */
export interface LookService {
  /** @throws RemediationError when the worker cannot be told */
  ask(resource: string, caller: Caller): Promise<LookResult>;
}
