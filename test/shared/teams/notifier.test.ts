import { compactVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { RemediationError } from '../../../shared/errors.ts';
import { mostSingle, windowMs } from '../../../shared/teams/collect.ts';
import { chain, NoticeWorld } from '../../support/notice-world.ts';

const minute = 60_000;
const hour = 60 * minute;

async function started(): Promise<NoticeWorld> {
  const world = new NoticeWorld();
  await world.baseline('baseline-completed');
  await world.run();
  return world;
}

async function askMany(world: NoticeWorld, count: number, given = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    ids.push(await world.ask(`account${index}`, given));
  }
  return ids;
}

describe('the notifier', () => {
  it('asks about one case with a card of its own, once, and says so in the ledger', async () => {
    const world = await started();
    const caseId = await world.ask('models');
    await world.runFor(10 * minute);
    expect(world.teams.bodies).toHaveLength(1);
    expect(world.teams.bodies[0]).toContain(`/decide?token=token-of-${caseId}`);
    expect(world.teams.bodies[0]).toContain('models');
    expect(world.teams.bodies[0]).toContain('Sentence of some-control');
    expect(world.teams.bodies[0]).toContain('drifts as it can');
    expect(world.teams.bodies[0]).toContain('On-call');
    const [entry, ...others] = await world.told('notice-sent', 'notice-failed');
    expect(others).toEqual([]);
    expect(entry?.body?.payload).toEqual({
      cases: [caseId],
      count: 1,
      about: 'ask',
      channel: 'teams',
      attempts: 1,
    });
  });

  it('writes nothing when nothing is new', async () => {
    const world = await started();
    const before = [await world.reader.end(chain), JSON.stringify(world.work.rows())];
    await world.runFor(5 * minute);
    expect([await world.reader.end(chain), JSON.stringify(world.work.rows())]).toEqual(before);
  });

  it('replays no history at its first start, and tells of what waits now', async () => {
    const world = new NoticeWorld();
    await world.baseline('baseline-completed');
    const [closed, ...waiting] = await askMany(world, 4);
    await world.close(closed!);
    await world.runFor(windowMs);
    expect(world.teams.bodies).toHaveLength(1);
    expect(world.teams.bodies[0]).toContain('3 cases wait');
    expect(world.teams.bodies[0]).toContain(
      `https://leakstop.example/cases?state=awaiting-decision&subscription=${chain}`,
    );
    expect([...(await world.toldCases())].sort()).toEqual([...waiting].sort());
  });

  it('tells the standing drift of a new subscription as one, when its baseline is complete', async () => {
    const world = new NoticeWorld();
    await world.run();
    await world.baseline('baseline-started');
    const ids = await askMany(world, 30, { because: 'unwitnessed', witnessed: false });
    await world.runFor(hour, minute);
    expect(world.teams.bodies).toEqual([]);
    await world.baseline('baseline-completed');
    await world.runFor(minute);
    expect(world.teams.bodies).toHaveLength(1);
    expect(world.teams.bodies[0]).toContain('30 cases wait');
    expect(world.teams.bodies[0]).toContain('and 20 more');
    expect(new Set(await world.toldCases())).toEqual(new Set(ids));
  });

  it('tells a storm as a few cards and one for all the others', async () => {
    const world = await started();
    const ids = await askMany(world, 60);
    await world.runFor(windowMs + minute);
    expect(world.teams.bodies).toHaveLength(mostSingle + 1);
    expect(world.teams.bodies.at(-1)).toContain('55 cases wait');
    const told = await world.toldCases();
    expect(told).toHaveLength(60);
    expect(new Set(told)).toEqual(new Set(ids));
  });

  it('does not send a question that nobody has to answer any more', async () => {
    const world = await started();
    world.teams.answer = () => ({ kind: 'later', reason: 'status 503' });
    const caseId = await world.ask('models');
    await world.run();
    await world.close(caseId);
    world.teams.answer = () => ({ kind: 'accepted' });
    await world.runFor(20 * minute);
    expect(world.teams.bodies.filter((body) => body.includes('/decide?token='))).toEqual([]);
    expect(world.teams.bodies.at(-1)).toContain('Closed: over without a change by Leakstop');
  });

  it('tells who decided, and what became of it', async () => {
    const world = await started();
    const caseId = await world.ask('models');
    await world.decide(caseId);
    await world.close(caseId);
    await world.runFor(minute);
    const [decided, closed] = world.teams.bodies.slice(-2);
    expect(decided).toMatch(/Approved.*Jonas Weber/);
    expect(closed).toContain(`https://leakstop.example/cases/${chain}/${caseId}`);
    expect(world.escalation.bodies).toEqual([]);
  });

  it.each([
    ['Disabled', 'nobody decided in time'],
    ['SecuredByPerimeter', 'no longer the same'],
  ])('asks again (%s), and says why', async (after, words) => {
    const world = await started();
    const caseId = await world.ask('models');
    await world.run();
    await world.askAgain(caseId, after);
    await world.run();
    expect(world.teams.bodies).toHaveLength(2);
    expect(world.teams.bodies[1]).toContain(words);
  });

  it('escalates on both channels, signed, and resolves when the case closes', async () => {
    const world = await started();
    const caseId = await world.ask('models');
    await world.escalate(caseId);
    await world.run();
    expect(world.teams.bodies.at(-1)).toContain('Escalated: nobody dealt with it in time');
    await world.close(caseId);
    await world.run();
    const alerts = world.escalation.bodies.map(
      (body) => JSON.parse(body) as { data: { essentials: object; alertContext: object } },
    );
    expect(alerts.map(({ data }) => data.essentials)).toMatchObject([
      { alertId: `leakstop/${chain}/${caseId}`, monitorCondition: 'Fired', severity: 'Sev1' },
      { alertId: `leakstop/${chain}/${caseId}`, monitorCondition: 'Resolved' },
    ]);
    expect(alerts[0]?.data.alertContext).toMatchObject({
      case: caseId,
      reason: 'past-due',
      owner: null,
      link: `https://leakstop.example/cases/${chain}/${caseId}`,
    });
    for (const headers of world.escalation.headers) {
      await compactVerify(headers['leakstop-signature']!, world.key.material);
    }
  });

  it('lets nothing stand still while Teams is down, and tells the other channel', async () => {
    const world = await started();
    world.teams.answer = () => ({ kind: 'later', reason: 'no answer' });
    const [first] = await askMany(world, 12);
    await world.runFor(2 * hour, minute);
    await world.escalate(first!);
    await world.runFor(2 * minute);
    const alerts = world.escalation.bodies.join('\n');
    expect(alerts).toContain('Teams takes no messages');
    expect(alerts).toContain(`leakstop/${chain}/${first!}`);
    expect(world.escalation.bodies).toHaveLength(2);
    // Backing off: not one attempt for each run and message.
    expect(world.teams.attempts).toBeLessThan(40);
    world.teams.answer = () => ({ kind: 'accepted' });
    await world.runFor(hour, minute);
    expect(new Set(await world.toldCases()).size).toBe(12);
    expect(world.escalation.bodies.at(-1)).toContain('Teams takes messages again');
  });

  it('waits as long as Teams asks', async () => {
    const world = await started();
    world.teams.answer = (attempt) =>
      attempt === 1
        ? { kind: 'later', reason: 'status 429', retryAfterInMs: 10 * minute }
        : { kind: 'accepted' };
    await world.ask('models');
    await world.run();
    await world.runFor(9 * minute);
    expect(world.teams.attempts).toBe(1);
    await world.runFor(2 * minute);
    expect(world.teams.bodies).toHaveLength(1);
  });

  it('gives up after a day, says so in the ledger, and counts its attempts', async () => {
    const world = await started();
    world.teams.answer = () => ({ kind: 'refused', reason: 'status 404' });
    const caseId = await world.ask('models');
    await world.runFor(26 * hour, 5 * minute);
    expect(await world.toldCases('notice-failed')).toEqual([caseId]);
    const attempts = world.teams.attempts;
    expect(attempts).toBeLessThan(60);
    await world.runFor(2 * hour, 5 * minute);
    expect(world.teams.attempts).toBe(attempts);
  });

  it('sends though the ledger cannot be written, and tells it later', async () => {
    const world = await started();
    const caseId = await world.ask('models');
    world.ledgerFault = new RemediationError('storage-unavailable', 'Cannot append: 503');
    await world.runFor(minute);
    expect(world.teams.bodies).toHaveLength(1);
    world.ledgerFault = undefined;
    await world.runFor(minute);
    expect(await world.toldCases()).toEqual([caseId]);
    expect(world.teams.bodies).toHaveLength(1);
  });

  it('sends once, of any number of processes at once', async () => {
    const world = await started();
    await askMany(world, 3);
    await Promise.all([world.run(), world.run(), world.run(), world.run()]);
    await world.runFor(5 * minute);
    expect(world.teams.bodies).toHaveLength(3);
    expect(await world.toldCases()).toHaveLength(3);
  });

  it('does without a channel that is not there', async () => {
    const world = await started();
    const { teams, escalation } = world;
    const caseId = await world.ask('models');
    await world.escalate(caseId);
    await world.run({}, { webhooks: { escalation } });
    expect(world.escalation.bodies).toHaveLength(1);
    await world.run({}, { webhooks: {} });
    await world.run({}, { webhooks: { teams } });
    expect(world.teams.bodies).toEqual([]);
  });
});
