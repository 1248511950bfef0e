import type { MiddlewareHandler } from 'hono';
import type { Caller, Role } from '../entra/caller.ts';
import type { ApiEnvironment } from './parts.ts';
import { CallRefusal } from './problem.ts';

/** Roles that may see cases, the figures and the kill switch: everyone with a part in deciding, and auditors. */
export const readers: readonly Role[] = [
  'Leakstop.Approver',
  'Leakstop.RiskOwner',
  'Leakstop.Auditor',
  'Leakstop.Operator',
];
/** Roles that may read the ledger itself, its checkpoints and the key that verifies them. */
export const auditors: readonly Role[] = ['Leakstop.Auditor'];
export const deciders: readonly Role[] = ['Leakstop.Approver', 'Leakstop.RiskOwner'];
export const operators: readonly Role[] = ['Leakstop.Operator'];

/**
 * The access of a route by role: the check, and its words in the description. `what` completes "Cannot ...". Every
 * route has it: no route is open to every role.
 */
export function permit(what: string, roles: readonly Role[]) {
  const check: MiddlewareHandler<ApiEnvironment> = async (context, next) => {
    askRole(context.var.caller, what, roles);
    await next();
  };
  return { middleware: check, 'x-leakstop-roles': [...roles] } as const;
}

/**
 * @throws CallRefusal for a caller with none of the roles. An app is refused whatever its roles, unless auditors are
 * admitted: only people decide
 */
export function askRole(caller: Caller, what: string, roles: readonly Role[]): void {
  if (caller.kind === 'app' && !roles.includes('Leakstop.Auditor')) {
    throw new CallRefusal('not-allowed', `Cannot ${what}: the caller is an app, and only people decide`);
  }
  if (!roles.some((role) => caller.roles.includes(role))) {
    throw new CallRefusal('not-allowed', `Cannot ${what}: expected the role ${roles.join(' or ')}`);
  }
}
