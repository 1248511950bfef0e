import { expect, test } from 'vitest';
import { type Role, roles } from '../../shared/entra/caller.ts';
import { pagesWorld, person, subscription } from '../support/pages-world.ts';

/** Who may take each address; `anybody` needs no sign-in. What is not here must not be registered. */
const table: Readonly<Record<string, readonly Role[] | 'anybody'>> = {
  'GET /assets/:name': 'anybody',
  'GET /sign-in': 'anybody',
  'GET /sign-in/return': 'anybody',
  'GET /signed-out': 'anybody',
  'POST /sign-out': roles,
  'GET /': roles,
  'GET /cases': roles,
  'GET /cases/:subscription/:caseId': roles,
  'POST /cases/:subscription/:caseId': ['Leakstop.Approver', 'Leakstop.RiskOwner'],
  'GET /decide': roles,
  'GET /decide-many': roles,
  'POST /decide-many': ['Leakstop.Approver', 'Leakstop.RiskOwner'],
  'GET /look': roles,
  'POST /look': ['Leakstop.Approver', 'Leakstop.RiskOwner', 'Leakstop.Operator'],
  'POST /cases/:subscription/:caseId/look': ['Leakstop.Approver', 'Leakstop.RiskOwner', 'Leakstop.Operator'],
  'GET /kill-switch': roles,
  'POST /kill-switch': ['Leakstop.Operator'],
};

test('every address that is registered says who may take it', () => {
  expect([...pagesWorld().routes].sort()).toEqual(Object.keys(table).sort());
});

const cases = Object.entries(table).flatMap(([route, may]) =>
  [...roles, 'nobody' as const, 'a stranger' as const].map((who) => ({ route, may, who })),
);

test.each(cases)('$route, taken by $who', async ({ route, may, who }) => {
  const world = pagesWorld();
  const [method = '', pattern = ''] = route.split(' ');
  const path = pattern
    .replace(':subscription', subscription)
    .replace(':caseId', 'none')
    .replace(':name', 'x');
  const hasRole = who !== 'nobody' && who !== 'a stranger';
  world.check = () =>
    hasRole
      ? { kind: 'caller', caller: person(who, [who]) }
      : { kind: 'refused', reason: who === 'nobody' ? 'no-role' : 'expired', message: 'no' };
  const answer = method === 'POST' ? await world.post(path, {}, 'x') : await world.get(path, 'x');
  const text = await answer.text();
  const isLetIn = may === 'anybody' || (hasRole && may.includes(who));
  if (!isLetIn && hasRole) {
    expect([answer.status, text.includes('Your role does not do this')]).toEqual([403, true]);
  } else if (!isLetIn) {
    // Whoever is not signed in is sent to sign in; a form is not sent on.
    expect(answer.status).toBe(who === 'nobody' ? 403 : method === 'POST' ? 401 : 302);
  } else {
    expect(text).not.toContain('Your role does not do this');
    expect(text).not.toContain('have no role here');
  }
  expect(world.requests).toEqual([]);
  expect(world.turns).toEqual([]);
});
