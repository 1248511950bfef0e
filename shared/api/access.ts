import type { MiddlewareHandler } from 'hono';
import type { Caller, Role } from '../entra/caller.ts';
import type { ApiEnvironment } from './parts.ts';
import { CallRefusal } from './problem.ts';

/** Who may see cases, the figures and the kill switch: everybody who has a part in deciding, and whoever audits. */
export const readers: readonly Role[] = [
  'Leakstop.Approver',
  'Leakstop.RiskOwner',
  'Leakstop.Auditor',
  'Leakstop.Operator',
];
/** Who may have the ledger itself, its checkpoints and the key that they are verified with. */
export const auditors: readonly Role[] = ['Leakstop.Auditor'];
export const deciders: readonly Role[] = ['Leakstop.Approver', 'Leakstop.RiskOwner'];
export const operators: readonly Role[] = ['Leakstop.Operator'];

/**
 * What a route has for its roles: the check, and what the description says of it. `what` completes "Cannot ...". Every route
 * has it: nothing is answered to whoever has any role.
 */
export function permit(what: string, roles: readonly Role[]) {
  const check: MiddlewareHandler<ApiEnvironment> = async (context, next) => {
    askRole(context.var.caller, what, roles);
    await next();
  };
  return { middleware: check, 'x-leakstop-roles': [...roles] } as const;
}

/** @throws CallRefusal for whoever has none of the roles; and for an app, whatever its roles, where no auditor is let in: only people decide */
export function askRole(caller: Caller, what: string, roles: readonly Role[]): void {
  if (caller.kind === 'app' && !roles.includes('Leakstop.Auditor')) {
    throw new CallRefusal('not-allowed', `Cannot ${what}: the caller is an app, and only people decide`);
  }
  if (!roles.some((role) => caller.roles.includes(role))) {
    throw new CallRefusal('not-allowed', `Cannot ${what}: expected the role ${roles.join(' or ')}`);
  }
}
