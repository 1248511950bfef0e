import { TableClient } from '@azure/data-tables';
import { catalogue } from '../../remediators/index.ts';
import type { AzureClients } from '../../shared/azure/clients.ts';
import { createAzureClients } from '../../shared/azure/clients.ts';
import type { Observer } from '../../shared/contract/observer.ts';
import { storageAccountObserver } from '../../shared/azure/observers/storage-account.ts';
import { blobContainerUpdateExecutor } from '../../shared/azure/steps/blob-container-update.ts';
import type { StepExecutor } from '../../shared/contract/executor.ts';
import { storageAccountUpdateExecutor } from '../../shared/azure/steps/storage-account-update.ts';
import type { Clock } from '../../shared/clock.ts';
import { noDecisions } from '../../shared/approval/decision-verifier.ts';
import { noActivity } from '../../shared/contract/activity.ts';
import { openGuards } from '../../shared/engine/guards/open-guards.ts';
import { noSurroundings } from '../../shared/contract/surroundings.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import type { takeBaseline } from '../../shared/engine/run/take-baseline.ts';
import type { Worker } from '../../shared/engine/run/worker.ts';
import { createWorker } from '../../shared/engine/run/worker.ts';
import type { WorkQueue } from '../../shared/work/queue.ts';
import type { Ledger } from '../../shared/ledger/ledger.ts';
import { openLedger } from '../../shared/ledger/open-ledger.ts';
import { ledgerTable, tableClientOptions, workTable } from '../../shared/ledger/storage-clients.ts';
import type { StorageTable } from '../../shared/ledger/table.ts';
import { defaultPolicy } from '../../shared/policy/policy.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Logger } from '../../shared/telemetry/logger.ts';
import { createTelemetry } from '../../shared/telemetry/telemetry.ts';
import { openWorkStore } from '../../shared/work/open-work-store.ts';
import type { WorkStore } from '../../shared/work/work.ts';
import type { Life } from './kill-points.ts';

/** What a simulated process finds around it. */
export interface Surroundings {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly queue: WorkQueue;
  readonly logger: Logger;
  /** Limit of one request to Table Storage, in milliseconds. */
  readonly tableTimeoutInMs?: number;
  /** How long a claim on a work row holds, in milliseconds. */
  readonly claimInMs?: number;
  /** Told of a write to Azure just before it is sent. */
  readonly beforeWrite?: (requestId: string) => Promise<void>;
}

/** A worker as a process of its own would have it: nothing is shared with those before it but the world. */
export interface MortalProcess {
  readonly life: Life;
  readonly worker: Worker;
  takeBaseline(subscription: string): ReturnType<typeof takeBaseline>;
}

let started = 0;

export async function startProcess(around: Surroundings, life: Life): Promise<MortalProcess> {
  const clock = mortalClock(around.clock, life);
  const telemetry = createTelemetry(clock, () =>
    Promise.resolve({ send: () => undefined, flush: () => Promise.resolve() }),
  );
  const clients = createAzureClients(around.settings, clock, telemetry);
  const azure = mortalClients(clients, life, around);
  const identity = await clients.storageCredential();
  const { storage } = around.settings;
  const table = (name: string): StorageTable =>
    mortalTable(
      new TableClient(storage.tables, name, identity, tableClientOptions(around.tableTimeoutInMs)),
      name,
      life,
    );
  const queue: WorkQueue = {
    send: (request, delay) => life.pass('request', 'queue send', () => around.queue.send(request, delay)),
  };
  const { claimInMs } = around;
  const ledger = mortalLedger(openLedger({ table: table(ledgerTable), bodies: noBodies, clock }), life);
  const state = { changes: 'allowed', because: 'said' } as const;
  const killSwitch = { read: () => Promise.resolve(state), recent: () => Promise.resolve(state) };
  const engine: Engine = {
    ...openGuards({ ledger, killSwitch, subscriptions: [], clock, logger: around.logger }),
    surroundings: noSurroundings,
    activity: noActivity,
    decisions: noDecisions,
    sweeps: { lastRead: () => Promise.resolve(undefined) },
    ledger,
    work: mortalWork(
      openWorkStore({
        table: table(workTable),
        clock,
        ...(claimInMs === undefined ? {} : { settings: { claimInMs } }),
      }),
      life,
    ),
    remediators: catalogue,
    observers: [mortalObserver(storageAccountObserver(azure, clock), life)],
    executors: [
      storageAccountUpdateExecutor(azure) as StepExecutor,
      blobContainerUpdateExecutor(azure) as StepExecutor,
    ].map((executor) => mortalExecutor(executor, life)),
    policy: defaultPolicy,
    clock,
    logger: around.logger,
    telemetry,
    ownClientIds: Object.values(around.settings.identities),
  };
  const parts = { telemetry, logger: around.logger, clock, queue: () => queue, subscriptions: [] };
  const baseline = await freshBaseline();
  return {
    life,
    worker: createWorker(() => Promise.resolve(engine), parts),
    takeBaseline: (subscription) => baseline(engine, queue, subscription),
  };
}

/** The module remembers how far a run got: another process starts without that memory. */
async function freshBaseline(): Promise<typeof takeBaseline> {
  started += 1;
  const path = `../../shared/engine/run/take-baseline.ts?process=${started}`;
  const loaded = (await import(path)) as { takeBaseline: typeof takeBaseline };
  return loaded.takeBaseline;
}

/** The scenarios have no body that would be too large for a row. */
const noBodies = {
  putBody: () => Promise.reject(new Error('A body is too large for its row')),
  getBody: () => Promise.resolve(undefined),
};

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) {
    collected.push(item);
  }
  return collected;
}

function mortalClock(clock: Clock, life: Life): Clock {
  return {
    now: () => clock.now(),
    random: () => clock.random(),
    uuid: () => clock.uuid(),
    sleep: (milliseconds) => life.pass('call', 'clock.sleep', () => clock.sleep(milliseconds)),
  };
}

function mortalTable(table: TableClient, name: string, life: Life): StorageTable {
  const pass = <T>(what: string, act: () => Promise<T>) => life.pass('request', `${name} ${what}`, act);
  const storage: StorageTable = table;
  return {
    createTable: () => storage.createTable(),
    getEntity: (...key) => pass('get', () => storage.getEntity(...key)),
    listEntities: async function* (query) {
      yield* await pass('list', () => all(storage.listEntities(query)));
    },
    submitTransaction: (actions) => pass('$batch', () => storage.submitTransaction(actions)),
    createEntity: (row) => pass('create', () => storage.createEntity(row)),
    updateEntity: (...change) => pass('update', () => storage.updateEntity(...change)),
    deleteEntity: (...row) => pass('delete', () => storage.deleteEntity(...row)),
  };
}

/** Beneath every policy of the SDK and of ours: what passes here goes out. */
function mortalClients(clients: AzureClients, life: Life, { beforeWrite }: Surroundings): AzureClients {
  const known = new WeakSet();
  return {
    ...clients,
    storage: async (power, subscription) => {
      const client = await clients.storage(power, subscription);
      if (!known.has(client)) {
        known.add(client);
        client.pipeline.addPolicy(
          {
            name: 'mortal',
            sendRequest: async (request, next) => {
              const { pathname } = new URL(request.url);
              if (request.method !== 'GET' && !life.isOver) {
                await beforeWrite?.(request.headers.get('x-ms-client-request-id') ?? '');
              }
              const name = `${request.method} ${pathname.split('/').slice(-2)[0] ?? ''}`;
              return life.pass('request', name, () => next(request));
            },
          },
          { phase: 'Sign', afterPolicies: ['leakstopArmContext'] },
        );
      }
      return client;
    },
  };
}

function mortalLedger(ledger: Ledger, life: Life): Ledger {
  return {
    readRoot: (...key) => life.pass('call', 'ledger.readRoot', () => ledger.readRoot(...key)),
    end: (chain) => ledger.end(chain),
    openCases: (chain) => ledger.openCases(chain),
    closedCases: (...key) => life.pass('call', 'ledger.closedCases', () => ledger.closedCases(...key)),
    changesThisHour: (chain) =>
      life.pass('call', 'ledger.changesThisHour', () => ledger.changesThisHour(chain)),
    append: (unit) => life.pass('call', 'ledger.append', () => ledger.append(unit)),
  };
}

function mortalWork(work: WorkStore, life: Life): WorkStore {
  return {
    begin: (...note) => life.pass('call', 'work.begin', () => work.begin(...note)),
    finish: (...end) => life.pass('call', 'work.finish', () => work.finish(...end)),
    newsFor: (claim) => life.pass('call', 'work.newsFor', () => work.newsFor(claim)),
    due: async function* () {
      yield* await life.pass('call', 'work.due', () => all(work.due()));
    },
  };
}

function mortalObserver(observer: Observer, life: Life): Observer {
  return {
    ...observer,
    look: (...wanted) => life.pass('call', 'observer.look', () => observer.look(...wanted)),
    list: async function* (...range) {
      yield* await life.pass('call', 'observer.list', () => all(observer.list(...range)));
    },
  };
}

function mortalExecutor(executor: StepExecutor, life: Life): StepExecutor {
  return {
    ...executor,
    write: (...steps) => life.pass('call', 'executor.write', () => executor.write(...steps)),
  };
}
