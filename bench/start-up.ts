import { copyBuiltApp } from '../test/e2e/built-app.ts';
import type { Deployed } from '../test/e2e/deployed.ts';
import { becomes, group } from '../test/e2e/deployed.ts';
import { eventually } from '../test/e2e/eventually.ts';
import { startModuleLog } from '../test/e2e/loaded-chunks.ts';
import { entriesAbout } from '../test/e2e/records.ts';
import { duration, median, print } from './figures.ts';
import { startWithBudgetLatency } from './scenario.ts';

const budgetMs = 400;

interface Start {
  readonly registration: number;
  readonly receivedAfter: number;
  readonly closedAfter: number;
  readonly telemetryFirst: boolean;
}

/** Measures import and registration in fresh processes, and the time until the first event is handled. */
export async function benchStartUp(count = 5): Promise<void> {
  const deployed = await startWithBudgetLatency(count);
  try {
    await deployed.host.stop();
    const starts: Start[] = [];
    for (let index = 0; index < count; index += 1) {
      starts.push(await measure(deployed));
    }
    const registration = median(starts.map((start) => start.registration));
    const web = median(await webRegistrations(deployed, count));
    print(
      ['Start-up', 'median', 'of budget'],
      [
        [
          'import and registration, worker',
          duration(registration),
          `${Math.round((100 * registration) / budgetMs)} %`,
        ],
        ['import and registration, web', duration(web), `${Math.round((100 * web) / budgetMs)} %`],
        [
          'process start to first event received',
          duration(median(starts.map((one) => one.receivedAfter))),
          '',
        ],
        ['process start to first drift closed', duration(median(starts.map((one) => one.closedAfter))), ''],
        [
          'applicationinsights begins to load before the first event',
          `${starts.filter((one) => one.telemetryFirst).length} of ${count}`,
          '',
        ],
      ],
    );
  } finally {
    await deployed.stop();
  }
}

/** Import and registration times of the app in role web, in fresh processes. Unit: milliseconds. */
async function webRegistrations(deployed: Deployed, count: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const host = await deployed.startWeb();
    const { registeredMs, spawnMs } = host.timings;
    await host.stop();
    found.push(registeredMs - spawnMs);
  }
  return found;
}

/** Starts a new host for which an event already waits. */
async function measure(deployed: Deployed): Promise<Start> {
  const log = await startModuleLog();
  const appDirectory = await copyBuiltApp();
  const { id, name } = deployed.nextAccount();
  const startedAt = Date.now();
  const host = await deployed.startHost({ appDirectory, environment: log.environment });
  await deployed.person.storageAccounts.update(group, name, { allowBlobPublicAccess: true });
  await becomes(deployed, id, 'allowBlobPublicAccess', false);
  const closed = await eventually('the case is closed', async () =>
    (await entriesAbout(deployed.cloud, id)).find(({ kind }) => kind === 'case-closed'),
  );
  const { timings } = host;
  await host.stop();
  const telemetryAt = log
    .chunks(appDirectory)
    .find(({ packages }) => packages.includes('applicationinsights'))?.at;
  const receivedAfter = timings.firstInvocationMs ?? 0;
  return {
    registration: timings.registeredMs - timings.spawnMs,
    receivedAfter,
    closedAfter: Date.parse(closed.time) - startedAt,
    telemetryFirst: telemetryAt !== undefined && telemetryAt < startedAt + receivedAfter,
  };
}
