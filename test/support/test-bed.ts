import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { catalogue } from '../../remediators/index.ts';
import type { Azure, AzureOptions } from '../../sandbox/azure.ts';
import { startAzure } from '../../sandbox/azure.ts';
import type { Deployment } from '../../sandbox/deploy.ts';
import { credentialOf, deployApp } from '../../sandbox/deploy.ts';
import { FaultRegistry } from '../../sandbox/faults.ts';
import type { Storage } from '../../sandbox/storage/storage.ts';
import { startStorage } from '../../sandbox/storage/storage.ts';
import type { TelemetrySink } from '../../sandbox/telemetry.ts';
import { startTelemetry } from '../../sandbox/telemetry.ts';
import { createTls } from '../../sandbox/tls.ts';
import { trust } from '../../sandbox/trust.ts';
import type { AzureClients } from '../../shared/azure/clients.ts';
import { createAzureClients } from '../../shared/azure/clients.ts';
import { storageAccountObserver } from '../../shared/azure/observers/storage-account.ts';
import { blobContainerUpdateExecutor } from '../../shared/azure/steps/blob-container-update.ts';
import type { StepExecutor } from '../../shared/contract/executor.ts';
import { askingExecutor } from '../../shared/engine/act/asking-executor.ts';
import { storageAccountUpdateExecutor } from '../../shared/azure/steps/storage-account-update.ts';
import type { Clock } from '../../shared/clock.ts';
import { systemClock } from '../../shared/clock.ts';
import { noDecisions } from '../../shared/approval/decision-verifier.ts';
import { refuseWhileStopped } from '../../shared/policy/kill-switch.ts';
import { noActivity } from '../../shared/contract/activity.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { openGuards } from '../../shared/engine/guards/open-guards.ts';
import { noSurroundings } from '../../shared/contract/surroundings.ts';
import { createWorkQueue } from '../../shared/work/queue.ts';
import type { WorkQueue } from '../../shared/work/queue.ts';
import { defaultPolicy } from '../../shared/policy/policy.ts';
import { createSealer, dataKeyBytes } from '../../shared/seal/sealer.ts';
import { readSettings } from '../../shared/settings.ts';
import type { Logger } from '../../shared/telemetry/logger.ts';
import { createTelemetry } from '../../shared/telemetry/telemetry.ts';
import type { WorkSettings } from '../../shared/work/work-rules.ts';
import { openRecords } from '../../shared/records/open-records.ts';
import { collect } from './disturbed-table.ts';
import { newSubscription } from './estate.ts';
import { misfitsIn } from './payload-laws.ts';

/** A sandbox with the app deployed to it, for tests that run the engine in their own process. */
export interface TestBed {
  readonly azure: Azure;
  readonly storage: Storage;
  readonly telemetry: TelemetrySink;
  readonly faults: FaultRegistry;
  readonly deployment: Deployment;
  /** Everything that the engine logged. */
  readonly log: string[];
  readonly queue: WorkQueue;
  /** Clients with the app's own identities. */
  readonly clients: AzureClients;
  /** A fresh engine, as a new process would have it. */
  newEngine(change?: Partial<Engine>): Promise<Engine>;
  /** Lets the app observe and repair another subscription. */
  guard(subscription: string): void;
  stop(): Promise<void>;
}

export async function startTestBed(
  options: Partial<AzureOptions> & {
    readonly clock?: Clock;
    readonly work?: Partial<WorkSettings>;
    /** Has every engine seal its rows, with one key, and believe no others. */
    readonly isSealed?: boolean;
  } = {},
): Promise<TestBed> {
  const directory = await mkdtemp(join(tmpdir(), 'leakstop-test-'));
  const faults = new FaultRegistry();
  const tls = await createTls(directory);
  const azure = await startAzure({ directory, tls, faults, ...options });
  const [storage, telemetry] = await Promise.all([
    startStorage({ tls, faults }),
    startTelemetry(tls, faults),
  ]);
  trust(tls.caFile);
  const subscription = newSubscription();
  const deployment = await deployApp({
    azure,
    storage,
    telemetry,
    directory: process.cwd(),
    subscriptions: [subscription],
  });
  const environment = deployment.settings('worker');
  Object.assign(process.env, environment);
  const settings = readSettings(environment);
  // Not paced: a test need not wait between two events on one resource.
  const { clock = systemClock, work = { paceInMs: 0 }, isSealed } = options;
  const dataKey = createSealer('worker', randomBytes(dataKeyBytes));
  const sealer = () => Promise.resolve(dataKey);
  const log: string[] = [];
  const logger = collecting(log);
  const telemetryOf = () =>
    createTelemetry(clock, () => Promise.resolve({ send: () => undefined, flush: () => Promise.resolve() }));
  const clients = createAzureClients(settings, clock, telemetryOf());
  return {
    azure,
    storage,
    telemetry,
    faults,
    deployment,
    log,
    clients,
    queue: createWorkQueue(settings.storage.queues, clients.storageCredential),
    newEngine: async (change = {}) => {
      const seals =
        isSealed === true ? { sealer, publicKeyOf: () => Promise.resolve(undefined), logger } : undefined;
      const records = await openRecords(settings.storage, clients.storageCredential, clock, work, seals);
      const ledger = change.ledger ?? records.ledger;
      const killSwitch = change.killSwitch ?? records.killSwitch;
      const guards = openGuards({ ledger, killSwitch, subscriptions: [], clock, logger });
      return {
        ...records,
        remediators: catalogue,
        observers: [storageAccountObserver(clients, clock)],
        executors: (
          [storageAccountUpdateExecutor(clients), blobContainerUpdateExecutor(clients)] as StepExecutor[]
        ).map((executor) =>
          askingExecutor(executor, [
            { code: 'changes-stopped', ask: () => refuseWhileStopped(guards.killSwitch) },
          ]),
        ),
        policy: defaultPolicy,
        clock,
        logger,
        telemetry: telemetryOf(),
        ownClientIds: Object.values(settings.identities),
        surroundings: noSurroundings,
        activity: noActivity,
        decisions: noDecisions,
        ...change,
        ...guards,
        ...(change.tenantBudget === undefined ? {} : { tenantBudget: change.tenantBudget }),
      };
    },
    guard: (id) => {
      for (const power of ['observe', 'remediate'] as const) {
        const { objectId } = deployment.identities[power];
        azure.arm.roles.assign({
          principalObjectId: objectId,
          role: deployment.roles[power],
          scope: `/subscriptions/${id}`,
        });
      }
    },
    stop: async () => {
      faults.clear();
      const misfits = await misfitsOf(azure, storage);
      await Promise.all([azure.stop(), storage.stop(), telemetry.stop()]);
      await rm(directory, { recursive: true, force: true });
      if (misfits.length > 0) {
        throw new Error(`The ledger has payloads that their kinds do not allow:\n${misfits.join('\n')}`);
      }
    },
  };
}

/** A law of every test on this bed: what was written to the ledger is what its kinds allow. */
async function misfitsOf(azure: Azure, storage: Storage): Promise<string[]> {
  const table = new TableClient(storage.urls.tables, 'ledger', credentialOf(azure, azure.operator));
  return misfitsIn(await collect(table.listEntities()));
}

function collecting(log: string[]): Logger {
  const write = (level: string) => (message: string, properties?: object) => {
    log.push(JSON.stringify({ level, message, ...properties }));
  };
  return { information: write('information'), warning: write('warning'), error: write('error') };
}
