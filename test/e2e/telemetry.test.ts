import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FunctionsHost } from '../../sandbox/host/start-host.ts';
import type { TelemetryItem } from '../../sandbox/telemetry.ts';
import type { Deployed } from './deployed.ts';
import { becomes, group, settled, startDeployed } from './deployed.ts';
import { eventually } from './eventually.ts';
import { entriesAbout } from './records.ts';

let deployed: Deployed;

beforeAll(async () => {
  deployed = await startDeployed({ accounts: 4 });
});
afterAll(() => deployed.stop());

interface Request {
  readonly name: string;
  readonly traceId: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** The invocations that telemetry tells of. */
function requests(): Request[] {
  return deployed.cloud.telemetry.items.filter(isRequest).map((item) => {
    const { name, properties = {} } = (item.data as { baseData: BaseData }).baseData;
    return {
      name,
      traceId: (item.tags as Record<string, string>)['ai.operation.id'] ?? '',
      properties,
    };
  });
}

interface BaseData {
  readonly name: string;
  readonly properties?: Readonly<Record<string, string>>;
}

function isRequest(item: TelemetryItem): boolean {
  return (item.data as { baseType?: string } | undefined)?.baseType === 'RequestData';
}

test('an event keeps its trace from its receipt to the ledger', async () => {
  const { id, name } = deployed.nextAccount();
  await deployed.person.storageAccounts.update(group, name, { allowBlobPublicAccess: true });
  await becomes(deployed, id, 'allowBlobPublicAccess', false);
  await settled(deployed);
  const about = await entriesAbout(deployed.cloud, id);
  const traces = new Set(about.map(({ body }) => body.traceparent?.split('-')[1]));
  expect(traces.size).toBe(1);
  const [trace] = traces;
  expect(trace).toMatch(/^[0-9a-f]{32}$/);
  await eventually('both invocations are told of under that trace', () => {
    const names = requests()
      .filter(({ traceId }) => traceId === trace)
      .map((request) => request.name);
    return names.includes('receive-resource-event') && names.includes('reconcile-resource');
  });
});

test('no span is lost, though the SDK is not loaded yet', async () => {
  const release = join(await mkdtemp(join(tmpdir(), 'leakstop-hold-')), 'release');
  const preload = new URL('hold-telemetry.mjs', import.meta.url).href;
  const environment = { NODE_OPTIONS: `--import=${preload}`, HOLD_UNTIL: release };
  const host = await deployed.startHost({ environment });
  const toldBefore = requests().length;
  const sent = 200;
  for (let event = 0; event < sent; event += 1) {
    await deliverNothing(host);
  }
  await writeFile(release, '');
  await host.stop();
  const told = requests()
    .slice(toldBefore)
    .filter(({ name }) => name === 'receive-resource-event');
  expect(told).toHaveLength(sent);
});

test('one execution is one request, in both apps and whatever set it off', async () => {
  const web = await deployed.startWeb();
  const host = await deployed.startHost();
  const before = requests().length;
  const executions = { 'receive-resource-event': 7, 'report-health': 5, 'serve-pages': 4, 'serve-api': 3 };
  for (let event = 0; event < executions['receive-resource-event']; event += 1) {
    await deliverNothing(host);
  }
  for (let call = 0; call < executions['report-health']; call += 1) {
    await fetch(`${host.url}/api/health`, { headers: { 'x-functions-key': host.functionKey } });
  }
  for (let page = 0; page < executions['serve-pages']; page += 1) {
    await fetch(`${web.url}/signed-out`);
  }
  for (let call = 0; call < executions['serve-api']; call += 1) {
    expect((await fetch(`${web.url}/api/cases`)).status).toBe(401);
  }
  // Both tell what is left when they end.
  await Promise.all([host.stop(), web.stop()]);
  const told = requests().slice(before);
  const counts = Object.fromEntries(
    Object.keys(executions).map((name) => [name, told.filter((request) => request.name === name).length]),
  );
  expect(counts).toEqual(executions);
});

test('the app talks to nobody but the sink that it is given, and to what it works with', async () => {
  const log = join(await mkdtemp(join(tmpdir(), 'leakstop-look-ups-')), 'log');
  const preload = new URL('look-up-log.mjs', import.meta.url).href;
  const host = await deployed.startHost({
    environment: { NODE_OPTIONS: `--import=${preload}`, LOOK_UP_LOG: log },
  });
  const before = requests().length;
  await deliverNothing(host);
  await host.stop();
  expect(requests().slice(before)).not.toEqual([]);
  const names = [...new Set((await readFile(log, 'utf8')).trim().split('\n'))];
  expect(names).not.toEqual([]);
  expect(names.filter((name) => name !== 'localhost' && !/^127\.|^::1$/.test(name))).toEqual([]);
});

/** An event that concerns nobody: an invocation and nothing else. */
async function deliverNothing(host: FunctionsHost): Promise<void> {
  const event = {
    id: crypto.randomUUID(),
    eventType: 'Microsoft.Example.Nothing',
    eventTime: new Date().toISOString(),
    subject: 'nothing',
    data: {},
  };
  const { status } = await fetch(host.eventGridUrl('receive-resource-event'), {
    method: 'POST',
    headers: { 'aeg-event-type': 'Notification', 'content-type': 'application/json' },
    body: JSON.stringify([event]),
  });
  expect(status).toBe(202);
}
