import { afterAll, beforeAll, expect, test } from 'vitest';
import { Problem } from '../../../shared/api/schemas.ts';
import { type Role, roles } from '../../../shared/entra/caller.ts';
import { type ApiWorld, asked, openApiWorld, subscription } from '../../support/api-world.ts';

const everybody = roles;
const decide: readonly Role[] = ['Leakstop.Approver', 'Leakstop.RiskOwner'];

/** Who may take each route; `apps` for an app with the role of an auditor. What is not here must not be registered. */
const table: Readonly<Record<string, { readonly roles: readonly Role[]; readonly apps: boolean }>> = {
  'GET /api/cases': { roles: everybody, apps: true },
  'GET /api/cases/:subscription/:case': { roles: everybody, apps: true },
  'POST /api/cases/:subscription/:case/decisions': { roles: decide, apps: false },
  'POST /api/decisions': { roles: decide, apps: false },
  'GET /api/kill-switch': { roles: everybody, apps: true },
  'POST /api/kill-switch': { roles: ['Leakstop.Operator'], apps: false },
  'POST /api/looks': {
    roles: ['Leakstop.Approver', 'Leakstop.RiskOwner', 'Leakstop.Operator'],
    apps: false,
  },
  'GET /api/ledger': { roles: ['Leakstop.Auditor'], apps: true },
  'GET /api/ledger/:chain': { roles: ['Leakstop.Auditor'], apps: true },
  'GET /api/checkpoints': { roles: ['Leakstop.Auditor'], apps: true },
  'GET /api/segments/:chain/:from/:to': { roles: ['Leakstop.Auditor'], apps: true },
  'GET /api/checkpoint-key': { roles: ['Leakstop.Auditor'], apps: true },
};

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld();
});
afterAll(() => world.close());

test('every route that is registered says who may take it', () => {
  expect([...world.routes].filter((route) => route !== 'GET /api/openapi.json').sort()).toEqual(
    Object.keys(table).sort(),
  );
});

const cases = Object.entries(table).flatMap(([route, { roles: may, apps }]) => [
  ...roles.map((role) => ({ route, who: role, claims: { roles: [role] }, isLetIn: may.includes(role) })),
  { route, who: 'all roles', claims: { roles: [...roles] }, isLetIn: true },
  {
    route,
    who: 'an app that audits',
    claims: { roles: ['Leakstop.Auditor'], scp: undefined },
    isLetIn: apps,
  },
  // Entra would have to be set up wrongly: an app decides nothing all the same.
  { route, who: 'an app with every role', claims: { roles: [...roles], scp: undefined }, isLetIn: apps },
]);

test.each(cases)('$route is for those roles that it is for: $who', async ({ route, claims, isLetIn }) => {
  const [method = '', pattern = ''] = route.split(' ');
  const path = pattern
    .replace(':subscription', subscription)
    .replace(':case', asked)
    .replace(':chain', subscription)
    .replace(/:[a-z]+/gi, '1');
  const answer = await fetch(`${world.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await world.tenant.accessToken(claims)}`,
      'content-type': 'application/json',
    },
    // Not a request that could be carried out: whoever may take the route is told what is wrong with it.
    ...(method === 'POST' ? { body: '{}' } : {}),
  });
  const told = answer.status === 403 ? Problem.parse(await answer.json()) : undefined;
  expect([answer.status === 403, told?.code]).toEqual([!isLetIn, isLetIn ? undefined : 'not-allowed']);
});
