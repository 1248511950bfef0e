import type { MiddlewareHandler } from 'hono';
import type { Role } from '../shared/entra/caller.ts';
import { answer } from './answer.ts';
import type { Env } from './env.ts';
import { html } from './views/html.ts';

/** Roles that may send a decision. The rules say which decision, and about which case. */
export const deciders: readonly Role[] = ['Leakstop.Approver', 'Leakstop.RiskOwner'];
export const operators: readonly Role[] = ['Leakstop.Operator'];

/**
 * Admits only some of the signed-in people; stands behind the gate. Everybody with a role may see pages that only show.
 */
export function forRoles(roles: readonly Role[]): MiddlewareHandler<Env> {
  return async (context, next) => {
    const held = context.get('caller')?.roles ?? [];
    return roles.some((role) => held.includes(role))
      ? next()
      : answer(context, 403, {
          title: 'Not for your role',
          body: html`<div class="head"><h1>Your role does not do this</h1></div>
            <p>
              Nothing was recorded. It takes the role ${roles.join(' or ')}: ask whoever runs Leakstop.
              <a href="/">Go to the overview</a>
            </p>`,
        });
  };
}
