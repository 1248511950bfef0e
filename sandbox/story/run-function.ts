import type { FunctionsHost } from '../host/start-host.ts';

/** Runs a function at once that else nothing but a timer runs. @throws Error when the host does not take it */
export async function runFunction({ url, masterKey }: FunctionsHost, name: string): Promise<void> {
  const answer = await fetch(`${url}/admin/functions/${name}`, {
    method: 'POST',
    headers: { 'x-functions-key': masterKey, 'content-type': 'application/json' },
    body: JSON.stringify({ input: '' }),
  });
  if (answer.status !== 202) {
    throw new Error(`the host answered ${answer.status} to "${name}"`);
  }
}
