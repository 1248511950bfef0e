import { expect, it } from 'vitest';
import { NoticeWorld } from '../../support/notice-world.ts';

const minute = 60_000;
const hour = 60 * minute;

it('an alert that is raised while the second channel is away is not given up with an older one', async () => {
  const world = new NoticeWorld();
  await world.baseline('baseline-completed');
  await world.run();
  const first = await world.ask('first');
  const late = await world.ask('late');
  world.escalation.answer = () => ({ kind: 'later', reason: 'down' });
  await world.escalate(first);
  await world.runFor(23 * hour, 15 * minute);
  await world.escalate(late);
  await world.runFor(2 * hour, 15 * minute);
  world.escalation.answer = () => ({ kind: 'accepted' });
  world.escalation.bodies.length = 0;
  await world.runFor(2 * hour, 15 * minute);
  expect(world.escalation.bodies.join()).toContain(late);
});
