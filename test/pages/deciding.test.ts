import { expect, test } from 'vitest';
import {
  accountId,
  asked,
  formFields,
  madeCase,
  pagesWorld,
  say,
  subscription,
} from '../support/pages-world.ts';

test('somebody opens the overview, the case, and approves exactly what was shown', async () => {
  const world = pagesWorld();
  const row = await say(world, subscription, madeCase(accountId('data1')), asked);
  const home = await world.get('/', 'ada');
  expect(home.status).toBe(200);
  expect(await home.text()).toContain(`/cases/${subscription}/${row.caseId}`);
  expect((await world.get('/cases?waiting=me', 'ada')).status).toBe(200);
  const path = `/cases/${subscription}/${row.caseId}`;
  const page = await (await world.get(path, 'ada')).text();
  const fields = formFields(page, path, 'value="approve"');
  const answer = await world.post(path, fields, 'ada');
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('Recorded');
  expect(world.requests).toEqual([
    { subscription, caseId: row.caseId, verdict: 'approve', proposal: fields.proposal, reason: '' },
  ]);
});
