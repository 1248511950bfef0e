import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../cli/leakstop.ts';
import { RemediationError } from '../../shared/errors.ts';
import { type ApiWorld, asked, closed, held, openApiWorld, subscription } from '../support/api-world.ts';
import { account } from '../support/estate.ts';
import { type Ended, run } from './run.ts';
import { openApiAs, placeOf, serviceUrl } from './service.ts';

let world: ApiWorld;
let questions: string[];
beforeAll(async () => {
  world = await openApiWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  questions = [];
  world.decisions.recorded.length = 0;
  world.decisions.turns.length = 0;
  world.decisions.answer = undefined;
  world.decisions.fault = undefined;
  world.decisions.allowed = ['approve', 'deny', 'exempt', 'undo'];
  world.breakLedger(undefined);
});

const everyRole = ['Approver', 'RiskOwner', 'Operator'];
const answering = (answer: string): Context['ask'] => {
  return (question) => {
    questions.push(question);
    return Promise.resolve(answer);
  };
};

function leakstop(line: string[], given: Partial<Context> = {}, roles = everyRole): Promise<Ended> {
  return run([...line, ...placeOf(world)], {
    openApi: openApiAs(world, ...roles),
    ask: answering('y'),
    ...given,
  });
}

const until = ['--until', '2026-04-01', '--reason', 'until the move'];

describe('a decision', () => {
  it('is shown, asked for and recorded', async () => {
    const { code, out, told } = await leakstop(['approve', 'aaaa1']);
    expect(told).toContain('properties.allowBlobPublicAccess: true -> false');
    expect(told).toContain('properties.new: not set -> "on"');
    expect(told).toContain('Whoever reads without a key is cut off.');
    expect(questions).toEqual(['Approve this case? [y/N] ']);
    expect(out).toBe(`${asked}: approve recorded\n`);
    expect(code).toBe(0);
    const [first] = world.decisions.recorded;
    expect(first?.request).toMatchObject({ caseId: asked, verdict: 'approve', reason: '' });
    expect(first?.request.proposal).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(['deny', 'exempt'])('to %s has an end and a reason', async (verdict) => {
    expect((await leakstop([verdict, asked])).code).toBe(2);
    expect((await leakstop([verdict, asked, '--reason', 'x'])).code).toBe(2);
    expect((await leakstop([verdict, asked, ...until])).code).toBe(0);
    expect(world.decisions.recorded.map(({ request }) => request)).toMatchObject([
      { verdict, reason: 'until the move', until: new Date('2026-04-01T00:00:00Z') },
    ]);
  });

  it('to undo is about a closed case', async () => {
    const undone = await leakstop(['undo', closed, ...until]);
    expect([undone.code, undone.told]).toEqual([
      0,
      expect.stringMatching(/State +Closed: fixed by Leakstop$/m),
    ]);
    for (const id of [closed, closed.slice(0, 5)]) {
      expect((await leakstop(['approve', id])).told).toContain(
        `Cannot approve the case "${closed}": it was closed at 2026-03-01T12:00:03.000Z, fixed by Leakstop`,
      );
    }
    expect(world.decisions.recorded.map(({ request }) => request.caseId)).toEqual([closed]);
  });

  it.each(['', 'n', 'no', 'yess'])('is not made by whoever answers "%s"', async (answer) => {
    const { code, told } = await leakstop(['approve', asked], { ask: answering(answer) });
    expect([code, told]).toEqual([3, expect.stringContaining('Nothing was decided.')]);
    expect(world.decisions.recorded).toEqual([]);
  });

  it('is not made where nobody can be asked, unless --yes is said', async () => {
    const refused = await leakstop(['approve', asked], { ask: undefined });
    expect([refused.code, refused.told]).toEqual([2, expect.stringContaining('say --yes')]);
    expect(world.decisions.recorded).toEqual([]);
    expect((await leakstop(['approve', asked, '--yes'], { ask: undefined })).code).toBe(0);
    expect(world.decisions.recorded.length).toBe(1);
  });

  it('about several cases is asked for once, and each is answered', async () => {
    const { code, out } = await leakstop(['approve', asked, held, asked, '--json']);
    expect(questions).toEqual(['Approve these 2 cases? [y/N] ']);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { case: asked, recorded: { given: 1, needed: 1 } },
      { case: held, recorded: { given: 1, needed: 1 } },
    ]);
    expect(code).toBe(0);
  });

  it('of what changed meanwhile is not made, and what stands now is shown', async () => {
    world.decisions.answer = ({ caseId }) =>
      caseId === asked
        ? { kind: 'refused', code: 'changed', message: 'another change stands', current: 'b'.repeat(64) }
        : { kind: 'recorded', given: 1, needed: 2 };
    const { code, out, told } = await leakstop(['approve', asked, held]);
    expect(code).toBe(3);
    expect(told).toContain('another change stands');
    expect(told).toMatch(/run the command again[^]*Case aaaa1111/);
    expect(out).toBe(`${held}: approve recorded, by 1 of the 2 people that it takes; 1 more has to say so\n`);
  });

  it('that was made before says by whom', async () => {
    world.decisions.answer = () => ({
      kind: 'refused',
      code: 'decided',
      message: 'it was decided',
      decided: { verdict: 'deny', by: 'Bob\u001b[31m', at: '2026-03-01T12:00:00.000Z' },
    });
    const { code, told } = await leakstop(['approve', asked]);
    expect([code, told]).toEqual([
      3,
      expect.stringContaining(String.raw`Bob\u001b[31m denied the change, 2026-03-01`),
    ]);
  });

  it('that the caller may not make is not asked for', async () => {
    world.decisions.allowed = ['approve'];
    const { code, told } = await leakstop(['deny', asked, ...until]);
    expect([code, told]).toEqual([3, expect.stringContaining('it takes a Leakstop.RiskOwner')]);
    expect(questions).toEqual([]);
    expect(world.decisions.recorded).toEqual([]);
  });

  it.each([
    ['aaaa', '2 cases begin so'],
    ['ffff', 'no open case has this id'],
  ])('about "%s" says what is expected', async (id, message) => {
    const { code, told } = await leakstop(['approve', id]);
    expect([code, told]).toEqual([3, expect.stringContaining(message)]);
  });
});

describe('a service that does not help', () => {
  it('has no role for the caller', async () => {
    const { code, told } = await leakstop(['approve', asked], {}, []);
    expect([code, told]).toEqual([3, expect.stringContaining('has no role in Leakstop')]);
  });

  it('is for auditors to read only', async () => {
    const { code, told } = await leakstop(['approve', asked], {}, ['Auditor']);
    expect([code, told]).toEqual([3, expect.stringContaining('expected the role Leakstop.Approver')]);
    expect(world.decisions.recorded).toEqual([]);
  });

  it('is away for a time', async () => {
    world.breakLedger(
      new RemediationError('storage-unavailable', 'Cannot read: away', { retryAfterInMs: 9_000 }),
    );
    const { code, told } = await leakstop(['approve', asked]);
    expect([code, told]).toEqual([3, expect.stringContaining('Cannot read: away; try again in 9 seconds')]);
  });

  it('cannot be called by whoever is not signed in', async () => {
    const openApi = () => Promise.reject(new RemediationError('identity-unavailable', 'no login'));
    const { code, told } = await leakstop(['approve', asked], { openApi });
    expect([code, told]).toEqual([3, expect.stringContaining('sign in, such as with "az login"')]);
  });

  it.each([
    ['is not there', [], 'say where the service is'],
    [
      'is plain http',
      ['--api', 'http://leakstop.test?secret'],
      '"http://leakstop.test" is not an https endpoint',
    ],
    ['has credentials in its address', ['--api', 'https://a:b@leakstop.test'], 'is not an https endpoint'],
    ['has no registration', ['--api', serviceUrl, '--client-id', 'x'], 'expected the application id'],
  ])('%s', async (_, line, message) => {
    const id =
      line.includes('--client-id') || line.length === 0 ? [] : ['--client-id', world.tenant.clientId];
    const { code, told } = await run(['approve', asked, '--yes', ...line, ...id], {
      openApi: openApiAs(world),
    });
    expect([code, told]).toEqual([2, expect.stringContaining(message)]);
    expect(told).not.toContain('secret');
  });

  it('is found in the environment', async () => {
    const environment = { LEAKSTOP_WEB_URL: serviceUrl, LEAKSTOP_WEB_CLIENT_ID: world.tenant.clientId };
    const given = { environment, openApi: openApiAs(world, ...everyRole) };
    expect((await run(['approve', asked, '--yes'], given)).code).toBe(0);
  });
});

describe('the kill switch', () => {
  it('stops without asking, and says why', async () => {
    expect((await leakstop(['stop'])).code).toBe(2);
    const { code, out } = await leakstop(['stop', '--reason', 'odd'], { ask: undefined });
    expect([code, out]).toEqual([0, expect.stringContaining('Changes are stopped')]);
    expect(world.decisions.turns).toMatchObject([{ to: 'stopped', reason: 'odd' }]);
  });

  it('allows changes once somebody says yes', async () => {
    expect((await leakstop(['allow', '--reason', 'mended'], { ask: undefined })).code).toBe(2);
    expect((await leakstop(['allow', '--reason', 'mended'], { ask: answering('no') })).code).toBe(3);
    expect(world.decisions.turns).toEqual([]);
    expect((await leakstop(['allow', '--reason', 'mended', '--json'])).out).toContain('"changes":"allowed"');
    expect(world.decisions.turns).toMatchObject([{ to: 'allowed', reason: 'mended' }]);
  });

  it('is for operators', async () => {
    const { code, told } = await leakstop(['stop', '--reason', 'odd'], {}, ['Approver']);
    expect([code, told]).toEqual([3, expect.stringContaining('expected the role Leakstop.Operator')]);
  });
});

describe('a look', () => {
  const id = account(subscription, 'worst').id;

  it('is asked for, and the worker is told', async () => {
    world.looks.length = 0;
    const { code, out } = await leakstop(['look', id], {}, ['Operator']);
    expect([code, out]).toEqual([0, `The service looks at "${id}" now.\n`]);
    expect(world.looks).toMatchObject([{ root: id, source: 'look' }]);
  });

  it.each([
    ['what is no id', 'weights', /expected the id of a resource, .*leakstop cases show <case>/],
    ['another subscription', account('22222222-2222-4222-8222-222222222222', 'x').id, /not guarded/],
  ])('at %s is refused, and says how to mend it', async (_, resource, message) => {
    const { code, told } = await leakstop(['look', resource], {}, ['Operator']);
    expect(code).not.toBe(0);
    expect(told).toMatch(message);
  });

  it('is not for whoever only reads', async () => {
    const { code, told } = await leakstop(['look', id], {}, ['Auditor']);
    expect(code).not.toBe(0);
    expect(told).toContain('Leakstop.Operator');
  });
});
