import { expect, test } from 'vitest';
import { healthOf } from '../../functions/report-health.ts';

const gone = () => Promise.reject(new Error('away'));

test.each<
  [
    string,
    [halted: () => Promise<boolean>, stuck: () => Promise<number>] | undefined,
    number | undefined,
    object,
  ]
>([
  ['a role without changes', undefined, undefined, { state: 'running' }],
  [
    'changes that go on',
    [() => Promise.resolve(false), () => Promise.resolve(0)],
    undefined,
    { state: 'running' },
  ],
  [
    'changes that are stopped',
    [() => Promise.resolve(true), () => Promise.resolve(1)],
    503,
    { state: 'halted' },
  ],
  [
    'messages that are stuck',
    [() => Promise.resolve(false), () => Promise.resolve(2)],
    503,
    { state: 'messages-stuck', messages: 2 },
  ],
  ['a halt that cannot be read', [gone, () => Promise.resolve(0)], 503, { state: 'unknown' }],
  ['a queue that cannot be read', [() => Promise.resolve(false), gone], 503, { state: 'unknown' }],
])('%s', async (_, facts, status, body) => {
  const answer = await healthOf('worker', facts && { isHalted: facts[0], stuckMessages: facts[1] });
  expect([answer.status, answer.jsonBody]).toEqual([status, { role: 'worker', ...body }]);
});
