import { expect, test } from 'vitest';
import { healthOf } from '../../functions/report-health.ts';

test.each<[string, (() => Promise<boolean>) | undefined, number | undefined, string]>([
  ['a role without changes', undefined, undefined, 'running'],
  ['changes that go on', () => Promise.resolve(false), undefined, 'running'],
  ['changes that are stopped', () => Promise.resolve(true), 503, 'halted'],
  ['a halt that cannot be read', () => Promise.reject(new Error('away')), 503, 'unknown'],
])('%s', async (_, isHalted, status, state) => {
  const answer = await healthOf('worker', isHalted);
  expect([answer.status, answer.jsonBody]).toEqual([status, { role: 'worker', state }]);
});
