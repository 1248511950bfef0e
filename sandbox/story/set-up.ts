import { execFile } from 'node:child_process';
import { cp, glob, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TableClient } from '@azure/data-tables';
import type { Cloud } from '../cloud.ts';
import { startCloud } from '../cloud.ts';
import { credentialOf } from '../deploy.ts';
import { buildEstate } from '../estate/build-estate.ts';
import { estatePlan } from '../estate/estate-plan.ts';
import { LedgerReader } from './ledger-reader.ts';
import { employ } from './people.ts';
import { policy } from './policy.ts';

/** Latencies that a caller in the same region sees of Resource Manager, in milliseconds. */
const latency = { reads: 100, writes: 300, creation: 1_500 };

export const subscriptions = estatePlan.map(({ id }) => id);

/** Builds the deployable. @throws Error with what the build printed */
export async function buildApp(repository: string): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, ['infra/build.mjs'], { cwd: repository });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new Error(stderr.trim() === '' ? (error as Error).message : stderr.trim(), { cause: error });
  }
}

/** Starts Azure with the estate in it, and takes actions away from the app's roles where that is asked for. */
export async function openCloud(
  repository: string,
  directory: string,
  withhold: readonly string[],
): Promise<Cloud> {
  const cloud = await startCloud({
    directory,
    repository,
    subscriptions,
    estate: await buildEstate(estatePlan),
    latency,
    policy,
  });
  for (const { id, displayName } of estatePlan) {
    cloud.azure.arm.state.addSubscription(id, displayName);
  }
  employ(cloud, subscriptions);
  for (const action of withhold) {
    Object.values(cloud.deployment.roles).forEach((role) => cloud.azure.arm.roles.withhold(role, action));
  }
  return cloud;
}

/** Copies the deployable, so that a build in between does not pull it from under the hosts; returns where it lies. */
export async function copyApp(repository: string, directory: string): Promise<string> {
  const appDirectory = join(directory, 'app');
  await rm(appDirectory, { recursive: true, force: true });
  await cp(join(repository, 'dist'), appDirectory, { recursive: true });
  return appDirectory;
}

/** Whether the deployable has pages to serve. */
export async function hasPages(appDirectory: string): Promise<boolean> {
  for await (const file of glob('**/*.js', { cwd: join(appDirectory, 'functions') })) {
    if ((await readFile(join(appDirectory, 'functions', file), 'utf8')).includes('serve-pages')) {
      return true;
    }
  }
  return false;
}

/** Reads the ledger of everything guarded, as the operator. */
export function openLedger({ azure, storage }: Cloud): LedgerReader {
  const table = new TableClient(storage.urls.tables, 'ledger', credentialOf(azure, azure.operator));
  return new LedgerReader(table, [...subscriptions, 'tenant', 'service']);
}

/**
 * Writes the settings of both apps for a shell that wants to run them elsewhere, such as under Core Tools; the path of the
 * worker's. Beside them stands what the host's own processes need on this machine.
 */
export async function writeAppSettings({ azure, deployment }: Cloud, directory: string): Promise<string> {
  const ofHost = { FUNCTIONS_WORKER_RUNTIME: 'node', SSL_CERT_FILE: azure.caFile };
  const [file = ''] = await Promise.all(
    ['worker', 'web'].map(async (role) => {
      const path = join(directory, `${role}.env`);
      const settings = Object.entries({ ...deployment.settings(role), ...ofHost });
      const lines = settings.map(([name, value]) => `${name}='${value}'`);
      await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o600 });
      return path;
    }),
  );
  return file;
}
