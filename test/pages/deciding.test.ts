import { beforeEach, describe, expect, test } from 'vitest';
import type { DecisionResult } from '../../shared/approval/decision-service.ts';
import type { CaseRow } from '../../shared/ledger/ledger.ts';
import {
  accountId,
  asked,
  formFields,
  madeCase,
  type PagesWorld,
  pagesWorld,
  say,
  subscription,
  webUrl,
} from '../support/pages-world.ts';
import { samplePayloads } from '../support/sample-payloads.ts';

let world: PagesWorld;
let row: CaseRow;
let path: string;

beforeEach(async () => {
  world = pagesWorld();
  row = await say(world, subscription, madeCase(accountId('data1')), asked);
  path = `/cases/${subscription}/${row.caseId}`;
});

async function fieldsOf(having: string, who = 'ada'): Promise<Record<string, string>> {
  return formFields(await (await world.get(path, who)).text(), path, having);
}

describe('one case', () => {
  test('is found from the overview, and approved exactly as it was shown', async () => {
    expect(await (await world.get('/', 'ada')).text()).toContain(path);
    expect(await (await world.get('/cases?waiting=me', 'ada')).text()).toContain(path);
    const fields = await fieldsOf('value="approve"');
    const answer = await world.post(path, fields, 'ada');
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('Recorded');
    expect(world.requests).toEqual([
      { subscription, caseId: row.caseId, verdict: 'approve', proposal: fields.proposal, reason: '' },
    ]);
  });

  test('is exempted until the end of a day', async () => {
    const fields = await fieldsOf('value="exempt"');
    const typed = { ...fields, verdict: 'exempt', reason: ' Partner moves in May ', until: '2026-05-29' };
    expect((await world.post(path, typed, 'ada')).status).toBe(200);
    expect(world.requests).toMatchObject([
      { verdict: 'exempt', reason: 'Partner moves in May', until: new Date('2026-05-29T23:59:59Z') },
    ]);
  });

  test.each<[string, Record<string, string>, string]>([
    ['no reason', { verdict: 'deny', reason: ' ', until: '2026-03-09' }, 'href="#leave-reason"'],
    ['no end', { verdict: 'deny', reason: 'r', until: '' }, 'href="#leave-until"'],
    ['an end that was', { verdict: 'deny', reason: 'r', until: '2026-02-28' }, 'href="#leave-until"'],
    ['an end too far', { verdict: 'exempt', reason: 'r', until: '2026-05-31' }, 'href="#leave-until"'],
    ['no such day', { verdict: 'exempt', reason: 'r', until: '2026-04-31' }, 'href="#leave-until"'],
    ['no verdict', { reason: 'r', until: '2026-03-09' }, 'href="#leave-deny"'],
    ['a character that nobody sees', { verdict: 'approve', reason: 'r\u202e' }, 'href="#approve-reason"'],
    ['a secret', { verdict: 'approve', reason: `Password=${'r'.repeat(9)}` }, 'href="#approve-reason"'],
    ['a long reason', { verdict: 'approve', reason: 'r'.repeat(1_001) }, 'href="#approve-reason"'],
  ])('%s: the page names the field, and keeps what was typed', async (_, typed, link) => {
    const { form = '', proposal = '' } = await fieldsOf('value="deny"');
    const answer = await world.post(path, { form, proposal, ...typed }, 'ada');
    const text = await answer.text();
    expect(answer.status).toBe(400);
    expect(text).toContain(link);
    expect(text).toContain(typed.until ? `value="${typed.until}"` : 'aria-invalid="true"');
    expect(world.requests).toEqual([]);
  });

  test.each<[DecisionResult, number, RegExp]>([
    [{ kind: 'recorded', given: 1, needed: 2 }, 200, /Recorded: 1 of 2[\s\S]*1 more must say the same/],
    [
      {
        kind: 'refused',
        code: 'decided',
        message: 'It was decided: deny',
        decided: { verdict: 'deny', by: 'Bo Builder', at: '2026-03-01T11:00:00.000Z' },
      },
      409,
      /decided already[\s\S]*Bo Builder[\s\S]*denied the change on[\s\S]*1 Mar 2026 11:00 UTC/,
    ],
    [
      { kind: 'refused', code: 'changed', message: 'm', current: 'c' },
      409,
      /is another one now[\s\S]*becomes/,
    ],
    [{ kind: 'refused', code: 'not-allowed', message: 'You caused it' }, 403, /You caused it/],
    [{ kind: 'refused', code: 'malformed', message: 'It holds a secret' }, 400, /It holds a secret/],
  ])('%j is said', async (result, status, said) => {
    const fields = await fieldsOf('value="approve"');
    world.answer = result;
    const answer = await world.post(path, fields, 'ada');
    expect(answer.status).toBe(status);
    expect(await answer.text()).toMatch(said);
  });

  test('an auditor reads, and gets no form', async () => {
    const text = await (await world.get(path, 'ann')).text();
    expect(text).toContain('supportsHttpsTrafficOnly');
    expect(() => formFields(text, path)).toThrow();
  });

  test('no form is drawn for a proposal that the rules do not speak of', async () => {
    world.options = (_, standing) => ({ ...standing, proposal: '0'.repeat(64) });
    const text = await (await world.get(path, 'ada')).text();
    expect(text).toContain('The case is moving');
    expect(() => formFields(text, path)).toThrow();
  });

  test('its whole story is told, across units', async () => {
    const data = { ...madeCase(accountId('data1')), trail: [row.sequence] };
    const { decision } = samplePayloads['decision-recorded'];
    await say(world, subscription, madeCase(accountId('data2')), asked);
    await say(
      world,
      subscription,
      data,
      [
        {
          kind: 'decision-recorded',
          payload: {
            decision: { ...decision, verdict: 'approve', by: { ...decision.by, name: 'Bo Builder' } },
          },
        },
      ],
      row,
    );
    world.index.touch();
    const text = await (await world.get(path, 'ada')).text();
    expect(text).toMatch(/case opened[\s\S]*asked to decide[\s\S]*Bo Builder approved the change/);
    expect(text).toContain('3 entries');
  });
});

describe('a form that is not ours', () => {
  const sent = async (
    fields: Record<string, string>,
    headers: Record<string, string> = {},
    who = 'ada',
  ): Promise<number> => (await world.post(path, fields, who, headers)).status;

  test.each<[string, Record<string, string>, number]>([
    ['its origin is ours', { origin: webUrl }, 200],
    [
      'its origin is hidden, and the browser says that it is ours',
      { origin: 'null', 'sec-fetch-site': 'same-origin' },
      200,
    ],
    ['its origin is hidden', { origin: 'null' }, 403],
    ['its origin is another', { origin: 'https://evil.example' }, 403],
    ['the browser says that it is from elsewhere', { 'sec-fetch-site': 'cross-site' }, 403],
    ['the browser says that it is from a neighbour', { 'sec-fetch-site': 'same-site' }, 403],
    ['it is not a form', { 'content-type': 'text/plain' }, 415],
  ])('%s', async (_, headers, status) => {
    expect(await sent(await fieldsOf('value="approve"'), headers)).toBe(status);
    expect(world.requests).toHaveLength(status === 200 ? 1 : 0);
  });

  test('needs the token of this session and this address', async () => {
    const fields = await fieldsOf('value="approve"');
    const other = await say(world, subscription, madeCase(accountId('data2')), asked);
    const otherPath = `/cases/${subscription}/${other.caseId}`;
    expect(await sent({ ...fields, form: '' })).toBe(403);
    expect(await sent(await fieldsOf('value="approve"').then(({ form: _, ...rest }) => rest))).toBe(403);
    world.check = () => ({ kind: 'caller', caller: { ...callerLikeAda } });
    expect(await sent(fields, {}, 'another-session')).toBe(403);
    expect((await world.post(otherPath, fields, 'ada')).status).toBe(403);
    expect(world.requests).toEqual([]);
  });

  test('after the session is over, says so and records nothing', async () => {
    const fields = await fieldsOf('value="approve"');
    expect(await sent(fields, {}, 'expired')).toBe(401);
    expect(world.requests).toEqual([]);
  });
});

const callerLikeAda = {
  kind: 'person' as const,
  objectId: '00000000-0000-4000-8000-000000000001',
  tenantId: '99999999-9999-4999-8999-999999999999',
  name: 'Ada',
  roles: ['Leakstop.Approver' as const],
  groups: [],
  hasAllGroups: true,
};

describe('several cases of one control', () => {
  test('each hash that was shown is decided by itself, and reported by itself', async () => {
    const second = await say(world, subscription, madeCase(accountId('data2')), asked);
    await say(
      world,
      subscription,
      madeCase(accountId('data3'), { control: 'storage-account-min-tls' }),
      asked,
    );
    const text = await (await world.get('/decide-many?control=storage-account-https-only', 'ada')).text();
    const picks = [...text.matchAll(/name="pick"\s+value="([^"]+)"/g)].map(([, value]) => value!);
    expect(picks.map((pick) => pick.split('/')[1]).sort()).toEqual([row.caseId, second.caseId].sort());
    const fields = new URLSearchParams({
      ...formFields(text, '/decide-many'),
      verdict: 'approve',
      reason: '',
    });
    picks.forEach((pick) => fields.append('pick', pick));
    const answer = await world.post('/decide-many', fields, 'ada');
    expect(await answer.text()).toContain('2 of 2 decisions recorded');
    expect(
      world.requests.map(({ subscription: of, caseId, proposal }) => `${of}/${caseId}/${proposal}`),
    ).toEqual(picks);
  });

  test.each<[string, Record<string, string>, string]>([
    ['nothing is ticked', { verdict: 'approve' }, '#many-pick'],
    ['no verdict', {}, '#many-verdict'],
    ['an end is missing', { verdict: 'deny', reason: 'r' }, '#many-until'],
  ])('%s: nothing is decided', async (_, typed, link) => {
    const text = await (await world.get('/decide-many?control=storage-account-https-only', 'ada')).text();
    const pick = /name="pick"\s+value="([^"]+)"/.exec(text)![1]!;
    const fields = new URLSearchParams({ ...formFields(text, '/decide-many'), ...typed });
    if (link !== '#many-pick') {
      fields.append('pick', pick);
    }
    const answer = await world.post('/decide-many', fields, 'ada');
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(`href="${link}"`);
    expect(world.requests).toEqual([]);
  });
});

describe('the link of a card', () => {
  const claims = async () => {
    const { proposal = '' } = await fieldsOf('value="approve"');
    return { caseId: row.caseId, subscription, proposal, expires: new Date('2026-03-02T00:00:00Z') };
  };

  test('shows the case, and its form is sent to the case itself', async () => {
    world.link = { kind: 'valid', claims: await claims() };
    const text = await (await world.get('/decide?token=abc', 'ada')).text();
    expect(formFields(text, path).proposal).toBe((await claims()).proposal);
    expect(text).not.toContain('no longer what the card showed');
    expect(text).not.toContain('token=abc');
  });

  test('says when something else stands now', async () => {
    world.link = { kind: 'valid', claims: { ...(await claims()), proposal: '1'.repeat(64) } };
    expect(await (await world.get('/decide?token=abc', 'ada')).text()).toContain(
      'no longer what the card showed',
    );
  });

  test('that has expired leads to the case', async () => {
    world.link = {
      kind: 'refused',
      reason: 'expired',
      message: 'The link has expired',
      claims: await claims(),
    };
    const answer = await world.get('/decide?token=abc', 'ada');
    expect(answer.status).toBe(410);
    expect(await answer.text()).toContain(`href="${path}"`);
  });
});

describe('the kill switch', () => {
  const turn = async (who: string, typed: Record<string, string>): Promise<Response> => {
    const text = await (await world.get('/kill-switch', who)).text();
    return world.post('/kill-switch', { ...formFields(text, '/kill-switch'), ...typed }, who);
  };

  test('is turned by an operator, who says why and means it', async () => {
    const answer = await turn('olli', { reason: 'Migration', confirmed: 'yes' });
    expect(answer.status).toBe(200);
    expect(world.turns).toEqual([{ to: 'stopped', reason: 'Migration' }]);
    expect(await answer.text()).toContain('Allow changes again');
  });

  test.each([{ reason: 'Migration' }, { reason: ' ', confirmed: 'yes' }])(
    '%j is not enough',
    async (typed) => {
      expect((await turn('olli', typed as Record<string, string>)).status).toBe(400);
      expect(world.turns).toEqual([]);
    },
  );

  test('has no form for anybody else', async () => {
    await expect(turn('ada', {})).rejects.toThrow('No form');
  });
});
