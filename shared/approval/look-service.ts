import type { Caller, Role } from '../entra/caller.ts';

/** Roles that may ask for a look: people who act on cases, and operators. An auditor only reads. */
export const lookRoles: readonly Role[] = ['Leakstop.Approver', 'Leakstop.RiskOwner', 'Leakstop.Operator'];

export function mayAskForLook({ kind, roles }: Caller): boolean {
  return kind === 'person' && lookRoles.some((role) => roles.includes(role));
}

export type LookResult =
  /** The worker was told. `root` is the id of the resource whose observation covers the named one. */
  | { readonly kind: 'asked'; readonly root: string }
  | {
      readonly kind: 'refused';
      readonly code: 'not-allowed' | 'malformed' | 'not-found' | 'too-many';
      readonly message: string;
      /** With `too-many`: the pause before the next call. */
      readonly retryAfterInMs?: number;
    };

/** Asks the worker to look at a resource now, which also retries refused changes there. It decides nothing. */
export interface LookService {
  /** @throws RemediationError when the worker cannot be told */
  ask(resource: string, caller: Caller): Promise<LookResult>;
}
