import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { buildApp } from '../harness/build-app.ts';

test('Azurite, host and worker end when the sandbox is killed', async () => {
  const appDirectory = await buildApp(
    "import { app } from '@azure/functions'; app.http('pid', { handler: () => ({ body: String(process.pid) }) });",
  );
  const parent = spawn(process.execPath, ['test/fixtures/apps/orphan-parent.ts', appDirectory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed] = (await once(parent.stdout, 'data')) as [Buffer];
  const children = JSON.parse(printed.toString()) as number[];
  expect(children.map(isAlive)).toEqual([true, true]);
  parent.kill('SIGKILL');
  await expect.poll(() => children.some(isAlive)).toBe(false);
});

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
