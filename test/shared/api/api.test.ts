import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CaseDetail, CaseListPage, DecisionsAnswer, Problem } from '../../../shared/api/schemas.ts';
import { RemediationError } from '../../../shared/errors.ts';
import {
  type ApiWorld,
  asked,
  closed,
  final,
  control,
  held,
  openApiWorld,
  subscription,
} from '../../support/api-world.ts';
import { account } from '../../support/estate.ts';
import { openTestTenant } from '../../support/entra-tokens.ts';
import { runs } from '../../support/effort.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.decisions.recorded.length = 0;
  world.decisions.turns.length = 0;
  world.looks.length = 0;
  // Looks are limited by the minute.
  world.clock.advance(61_000);
  world.decisions.answer = undefined;
  world.decisions.fault = undefined;
  world.breakLedger(undefined);
  world.tenant.breakKeys(undefined);
});

const hash = 'a'.repeat(64);
const decision = { proposal: hash, verdict: 'approve' };
const denial = {
  proposal: hash,
  verdict: 'deny',
  reason: 'needed until the move',
  until: '2026-04-01T00:00:00Z',
};
const decidePath = `/api/cases/${subscription}/${asked}/decisions`;

interface Sent {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

async function send(path: string, { token, body, headers }: Sent = {}): Promise<Response> {
  return fetch(`${world.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

const as = (...roles: string[]): Promise<string> =>
  world.tenant.accessToken({ roles: roles.map((role) => `Leakstop.${role}`) });
const asApp = (): Promise<string> =>
  world.tenant.accessToken({ scp: undefined, roles: ['Leakstop.Auditor'] });

async function problem(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const told = Problem.parse(await response.json());
  expect(told.status).toBe(response.status);
  expect(told.type).toBe(`urn:leakstop:problem:${told.code}`);
  return told;
}

interface Route {
  readonly name: string;
  readonly path: string;
  readonly body?: unknown;
  readonly ok: number;
  readonly roles: readonly string[];
  readonly apps: boolean;
}
const everyRole = ['Approver', 'RiskOwner', 'Auditor', 'Operator'];
const routes: readonly Route[] = [
  {
    name: 'decide',
    path: decidePath,
    body: decision,
    ok: 201,
    roles: ['Approver', 'RiskOwner'],
    apps: false,
  },
  {
    name: 'decide about many',
    path: '/api/decisions',
    body: { decisions: [{ subscription, case: asked, ...decision }] },
    ok: 200,
    roles: ['Approver', 'RiskOwner'],
    apps: false,
  },
  { name: 'list cases', path: '/api/cases', ok: 200, roles: everyRole, apps: true },
  { name: 'show a case', path: `/api/cases/${subscription}/${asked}`, ok: 200, roles: everyRole, apps: true },
  { name: 'read the switch', path: '/api/kill-switch', ok: 200, roles: everyRole, apps: true },
  {
    name: 'turn the switch',
    path: '/api/kill-switch',
    body: { changes: 'stopped', reason: 'something is odd' },
    ok: 200,
    roles: ['Operator'],
    apps: false,
  },
  {
    name: 'ask for a look',
    path: '/api/looks',
    body: { resource: account(subscription, 'worst').id },
    ok: 202,
    roles: ['Approver', 'RiskOwner', 'Operator'],
    apps: false,
  },
  { name: 'list chains', path: '/api/ledger', ok: 200, roles: ['Auditor'], apps: true },
  { name: 'download a chain', path: `/api/ledger/${subscription}`, ok: 200, roles: ['Auditor'], apps: true },
];

describe.each(routes)('$name', ({ path, body, ok, roles, apps }) => {
  const sent = (token?: string): Promise<Response> =>
    send(path, { body, ...(token !== undefined && { token }) });
  const effects = (): number =>
    world.decisions.recorded.length + world.decisions.turns.length + world.looks.length;

  it('asks who calls', async () => {
    const response = await sent();
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="leakstop"');
    expect((await problem(response)).code).toBe('no-token');
    expect(effects()).toBe(0);
  });

  it('takes no bad token', async () => {
    const stranger = await openTestTenant(world.clock);
    const tokens = [
      'rubbish',
      await stranger.accessToken(),
      await world.tenant.idToken(),
      await world.tenant.accessToken({ exp: 1 }),
      await world.tenant.accessToken({ aud: stranger.tenantId }),
    ];
    for (const token of tokens) {
      const response = await sent(token);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
      expect((await problem(response)).code).toBe('bad-token');
    }
    expect(effects()).toBe(0);
  });

  it('lets in nobody without a role', async () => {
    const response = await sent(await world.tenant.accessToken({ roles: [] }));
    expect(response.status).toBe(403);
    expect((await problem(response)).code).toBe('no-role');
    expect(effects()).toBe(0);
  });

  it.each(everyRole)('is for those roles that it is for: %s', async (role) => {
    const response = await sent(await as(role));
    expect(response.status).toBe(roles.includes(role) ? ok : 403);
    expect(effects()).toBe(response.ok && body !== undefined ? 1 : 0);
  });

  it('is for apps where it reads', async () => {
    const response = await sent(await asApp());
    expect(response.status).toBe(apps ? ok : 403);
    expect(effects()).toBe(0);
  });

  it('lets nobody in while the keys of the tenant are away', async () => {
    world.clock.advance(3_600_001);
    world.tenant.breakKeys('silent');
    const response = await sent(await as(...roles));
    world.clock.advance(1_001);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await problem(response)).code).toBe('unavailable');
    expect(effects()).toBe(0);
  });

  it('is kept by nobody, and shown by no other page', async () => {
    const response = await sent(await as(...roles));
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

it('takes no token from a cookie, a query or a header of the host', async () => {
  const token = await as(...everyRole);
  const headers = {
    cookie: `__Host-leakstop-session=${token}`,
    'x-ms-client-principal': Buffer.from('{"userId":"x"}').toString('base64'),
    'x-ms-token-aad-access-token': token,
  };
  expect((await send(`/api/cases?access_token=${token}`, { headers })).status).toBe(401);
});

it('describes itself to everybody, and names every route', async () => {
  const response = await send('/api/openapi.json');
  const { paths } = (await response.json()) as { paths: Record<string, object> };
  expect(
    Object.entries(paths)
      .flatMap(([path, methods]) => Object.keys(methods).map((each) => `${each} ${path}`))
      .sort(),
  ).toEqual([
    'get /api/cases',
    'get /api/cases/{subscription}/{case}',
    'get /api/checkpoint-key',
    'get /api/checkpoints',
    'get /api/kill-switch',
    'get /api/ledger',
    'get /api/ledger/{chain}',
    'get /api/segments/{chain}/{from}/{to}',
    'post /api/cases/{subscription}/{case}/decisions',
    'post /api/decisions',
    'post /api/kill-switch',
    'post /api/looks',
  ]);
});

describe('a look', () => {
  const look = async (resource: unknown): Promise<Response> =>
    send('/api/looks', { token: await as('Operator'), body: { resource } });

  it('tells the worker which root to look at, and who asks', async () => {
    const { id } = account(subscription, 'worst');
    const response = await look(`${id}/blobServices/default/containers/models`);
    expect(await response.json()).toEqual({ root: id });
    expect(world.looks).toMatchObject([{ root: id, source: 'look', askedBy: { kind: 'person' } }]);
  });

  it.each<[string, unknown, number, string]>([
    ['no id', 'worst', 422, 'malformed'],
    ['no text', 7, 422, 'malformed'],
    ['too long', 'x'.repeat(3_000), 422, 'malformed'],
    ['a group', `/subscriptions/${subscription}/resourceGroups/rg`, 422, 'malformed'],
    ['elsewhere', account('22222222-2222-4222-8222-222222222222', 'x').id, 404, 'not-found'],
  ])('%s is refused, and the worker hears nothing', async (_, resource, status, code) => {
    const response = await look(resource);
    expect(response.status).toBe(status);
    expect((await problem(response)).code).toBe(code);
    expect(world.looks).toEqual([]);
  });

  it('asked for too often says when to ask again', async () => {
    const answers: Response[] = [];
    for (let count = 0; count < 8; count += 1) {
      answers.push(await look(account(subscription, 'worst').id));
    }
    const last = answers.at(-1)!;
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await problem(last)).code).toBe('too-many');
    expect(world.looks).toHaveLength(answers.filter(({ status }) => status === 202).length);
  });

  it('that the worker cannot be told of is answered so', async () => {
    world.breakLedger(new RemediationError('storage-unavailable', 'Cannot put a message on the queue'));
    const response = await look(account(subscription, 'worst').id);
    expect([response.status, (await problem(response)).code]).toEqual([503, 'unavailable']);
  });
});

describe('a decision', () => {
  it('is handed on as it was sent, with who sent it', async () => {
    const token = await as('RiskOwner');
    const response = await send(decidePath, { token, body: denial });
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ given: 1, needed: 1 });
    expect(world.decisions.recorded).toMatchObject([
      {
        request: {
          subscription,
          caseId: asked,
          proposal: hash,
          verdict: 'deny',
          reason: 'needed until the move',
          until: new Date('2026-04-01T00:00:00Z'),
        },
        caller: { kind: 'person', roles: ['Leakstop.RiskOwner'] },
      },
    ]);
  });

  it.each([
    ['not-found', 404],
    ['not-allowed', 403],
    ['changed', 409],
    ['decided', 409],
    ['not-decidable', 409],
    ['malformed', 422],
  ] as const)('that is refused as %s is answered with %i, and with what stands', async (code, status) => {
    const decided = { verdict: 'deny' as const, by: 'Bob', at: '2026-03-01T12:00:00.000Z' };
    world.decisions.answer = () => ({ kind: 'refused', code, message: 'so it is', current: hash, decided });
    const response = await send(decidePath, { token: await as('Approver'), body: decision });
    expect(response.status).toBe(status);
    expect(await problem(response)).toMatchObject({ code, detail: 'so it is', current: hash, decided });
  });

  it.each([
    'storage-unavailable',
    'throttled',
    'identity-unavailable',
    'azure-unavailable',
    'policy-invalid',
  ] as const)('is asked for again later when there is %s', async (code) => {
    world.decisions.fault = new RemediationError(code, 'Cannot record: away', { retryAfterInMs: 7_100 });
    const response = await send(decidePath, { token: await as('Approver'), body: decision });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('8');
    expect((await problem(response)).detail).toBe('Cannot record: away');
  });

  it('tells nothing of an error that nobody expected, and logs it', async () => {
    world.decisions.fault = new Error('the S3cret is out');
    const response = await send(decidePath, { token: await as('Approver'), body: decision });
    expect(response.status).toBe(500);
    expect(JSON.stringify(await problem(response))).not.toContain('S3cret');
    expect(world.log.at(-1)).toContain('The API could not answer');
  });

  const bad: readonly (readonly [string, unknown, number, string?])[] = [
    ['no JSON', '{', 400],
    ['nothing', '', 400],
    ['a list', [], 422, ''],
    ['null', 'null', 422, ''],
    ['no hash', { verdict: 'approve' }, 422, 'proposal'],
    ['a hash that is none', { ...decision, proposal: 'A'.repeat(64) }, 422, 'proposal'],
    ['a verdict of its own', { ...decision, verdict: 'allow' }, 422, 'verdict'],
    ['more than there is', { ...decision, force: true }, 422, ''],
    ['a denial without a reason', { ...denial, reason: undefined }, 422, 'reason'],
    ['a denial with an empty reason', { ...denial, reason: ' \n' }, 422, 'reason'],
    ['a denial without an end', { ...denial, until: undefined }, 422, 'until'],
    ['an approval with an end', { ...decision, until: denial.until }, 422, 'until'],
    ['an end without a zone', { ...denial, until: '2026-04-01T00:00:00' }, 422, 'until'],
    ['an end that is no day', { ...denial, until: '2026-02-30T00:00:00Z' }, 422, 'until'],
    ['a reason that is too long', { ...denial, reason: 'x'.repeat(1_001) }, 422, 'reason'],
    ['half a surrogate pair', { ...denial, reason: 'x\ud800' }, 422, 'reason'],
    ['a control character', { ...denial, reason: 'x\u0000' }, 422, 'reason'],
    ['an escape sequence', { ...denial, reason: '\u001b[2J' }, 422, 'reason'],
    ['writing turned around', { ...denial, reason: 'x\u202ey' }, 422, 'reason'],
    ['a secret', { ...denial, reason: `AccountKey=${'k'.repeat(20)}` }, 422, 'reason'],
  ];
  it.each(bad)('of %s is refused with its place', async (_, body, status, place) => {
    const response = await send(decidePath, { token: await as('Approver', 'RiskOwner'), body });
    expect(response.status).toBe(status);
    const told = await problem(response);
    expect(told.errors?.[0]?.place).toBe(place);
    expect(world.decisions.recorded).toEqual([]);
  });

  it('is sent as JSON, or not taken', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/jsonish']) {
      const headers = { 'content-type': type };
      const response = await send(decidePath, { token: await as('Approver'), body: decision, headers });
      expect(response.status).toBe(415);
    }
    expect(world.decisions.recorded).toEqual([]);
  });

  it('whatever is sent: never a fault of ours, and nothing recorded that was not whole', async () => {
    const token = await as('Approver', 'RiskOwner');
    const field = (...values: unknown[]) => fc.oneof(fc.constantFrom(...values), fc.jsonValue());
    const body = fc.oneof(
      fc.jsonValue(),
      fc.string(),
      fc.record(
        {
          proposal: field(hash, hash.slice(1), `${hash}\n`),
          verdict: field('approve', 'deny', 'exempt', 'undo'),
          reason: field('because', '', ' ', '\ud800', 'x'.repeat(1_001)),
          until: field('2026-04-01T00:00:00Z', '2026-04-01', 'never', '+275760-09-13T00:00:00Z'),
          extra: field(undefined),
        },
        { requiredKeys: [] },
      ),
    );
    await fc.assert(
      fc.asyncProperty(body, async (sent) => {
        world.decisions.recorded.length = 0;
        const response = await send(decidePath, {
          token,
          body: typeof sent === 'string' ? sent : JSON.stringify(sent),
        });
        expect([201, 400, 422]).toContain(response.status);
        const [first] = world.decisions.recorded;
        expect(world.decisions.recorded.length).toBe(response.status === 201 ? 1 : 0);
        if (first) {
          const { verdict, proposal, reason, until } = first.request;
          expect(proposal).toMatch(/^[0-9a-f]{64}$/);
          expect(['approve', 'deny', 'exempt', 'undo']).toContain(verdict);
          expect(reason.length).toBeLessThanOrEqual(1_000);
          expect(
            verdict === 'approve' ? until === undefined : reason !== '' && !Number.isNaN(until!.getTime()),
          ).toBe(true);
        }
      }),
      { numRuns: runs(300) },
    );
  });
});

describe('decisions about many', () => {
  it('are answered one by one, in their order', async () => {
    const answers: Record<string, 'fault' | 'changed' | undefined> = {
      [asked]: undefined,
      [held]: 'changed',
      [closed]: 'fault',
    };
    world.decisions.answer = ({ caseId }) => {
      if (answers[caseId] === 'fault') {
        throw new RemediationError('storage-unavailable', 'Cannot record: away');
      }
      return answers[caseId] === 'changed'
        ? { kind: 'refused', code: 'changed', message: 'another one stands', current: hash }
        : { kind: 'recorded', given: 1, needed: 2 };
    };
    const decisions = [held, closed, asked].map((id) => ({ subscription, case: id, ...decision }));
    const response = await send('/api/decisions', { token: await as('Approver'), body: { decisions } });
    const { results } = DecisionsAnswer.parse(await response.json());
    expect(results.map((each) => [each.case, each.recorded ?? each.problem?.code])).toEqual([
      [held, 'changed'],
      [closed, 'unavailable'],
      [asked, { given: 1, needed: 2 }],
    ]);
    expect(world.decisions.recorded.map(({ request }) => request.caseId)).toEqual([asked]);
  });

  it.each([
    ['none', []],
    ['more than a hundred', Array.from({ length: 101 }, () => ({ subscription, case: asked, ...decision }))],
    [
      'one that is not whole among others',
      [
        { subscription, case: asked, ...decision },
        { subscription, case: held },
      ],
    ],
  ])('are not begun for %s', async (_, decisions) => {
    const response = await send('/api/decisions', { token: await as('Approver'), body: { decisions } });
    expect(response.status).toBe(422);
    expect(world.decisions.recorded).toEqual([]);
  });
});

describe('cases', () => {
  const list = async (query: string): Promise<CaseListPage> =>
    CaseListPage.parse(await (await send(`/api/cases${query}`, { token: await as('Auditor') })).json());

  it.each([
    ['', [asked, held]],
    ['?state=held', [held]],
    ['?state=closed', [final, closed]],
    ['?severity=critical', [asked]],
    [`?control=${control}&subscription=${subscription}`, [asked, held]],
    ['?control=another', []],
    ['?subscription=22222222-2222-4222-8222-222222222222', []],
  ])('are listed worst first: %s', async (query, ids) => {
    expect((await list(query)).cases.map((each) => each.case)).toEqual(ids);
  });

  it('are listed in pages that leave nothing out', async () => {
    const first = await list('?most=1');
    const second = await list(`?most=1&after=${first.next ?? ''}`);
    expect([...first.cases, ...second.cases].map((each) => each.case)).toEqual([asked, held]);
    expect(second.next).toBeUndefined();
  });

  it.each(['?most=0', '?most=501', '?most=x', '?state=none', '?after=rubbish', '?severty=high'])(
    'are asked for as they can be: %s',
    async (query) => {
      const response = await send(`/api/cases${query}`, { token: await as('Auditor') });
      expect(response.status).toBe(422);
      expect((await problem(response)).detail).toContain('Cannot ');
    },
  );

  it('are shown with exactly what a decision is bound to', async () => {
    const response = await send(`/api/cases/${subscription.toUpperCase()}/${asked}`, {
      token: await as('Approver'),
    });
    const detail = CaseDetail.parse(await response.json());
    expect(detail.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(detail.proposal).toMatchObject({
      steps: [
        {
          before: { 'properties.allowBlobPublicAccess': { is: true }, 'properties.new': { absent: true } },
          after: { 'properties.allowBlobPublicAccess': { is: false }, 'properties.new': { is: 'on' } },
        },
      ],
      impact: 'Whoever reads without a key is cut off.',
    });
    expect(detail.options).toMatchObject({ allowed: ['approve'], needed: { approve: 1 } });
  });

  it('that can never be taken back say so', async () => {
    const response = await send(`/api/cases/${subscription}/${final}`, { token: await as('RiskOwner') });
    expect(response.status).toBe(200);
    const { proposal } = CaseDetail.parse(await response.json());
    expect(proposal).toMatchObject({ steps: [], undo: { kind: 'none', note: 'what is gone is gone' } });
  });

  it.each([
    `/api/cases/${subscription}/ffffffff-0000-4000-8000-000000000009`,
    `/api/cases/22222222-2222-4222-8222-222222222222/${asked}`,
    '/api/elsewhere',
    '/api/',
  ])('are not found where there are none: %s', async (path) => {
    const response = await send(path, { token: await as('Auditor') });
    expect(response.status).toBe(404);
    expect((await problem(response)).code).toBe('not-found');
  });

  it.each([
    '/api/cases',
    `/api/cases/${subscription}/${asked}`,
    '/api/ledger',
    `/api/ledger/${subscription}`,
  ])('and ledger are asked for again later while the ledger is away: %s', async (path) => {
    world.breakLedger(new RemediationError('storage-unavailable', 'Cannot read: away'));
    const response = await send(path, { token: await as('Auditor') });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('10');
  });
});

describe('the kill switch', () => {
  it('is turned with a reason', async () => {
    const token = await as('Operator');
    const response = await send('/api/kill-switch', { token, body: { changes: 'stopped', reason: 'odd' } });
    expect(await response.json()).toMatchObject({ changes: 'stopped' });
    expect(world.decisions.turns).toMatchObject([{ to: 'stopped', reason: 'odd' }]);
    for (const body of [
      { changes: 'stopped' },
      { changes: 'stopped', reason: ' ' },
      { changes: 'off', reason: 'x' },
    ]) {
      expect((await send('/api/kill-switch', { token, body })).status).toBe(422);
    }
    expect(world.decisions.turns.length).toBe(1);
  });
});

// The last one: the server hangs up on what it does not want to read, and the connection is gone.
it('a body that is too large is refused', async () => {
  const response = await send(decidePath, { token: await as('Approver'), body: ' '.repeat(1_048_577) });
  expect(response.status).toBe(413);
  expect((await problem(response)).code).toBe('too-large');
});
