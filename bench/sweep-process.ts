import { createAzureClients } from '../shared/azure/clients.ts';
import { storageAccountObserver } from '../shared/azure/observers/storage-account.ts';
import { openResourceGraph } from '../shared/azure/resource-graph.ts';
import { systemClock as clock } from '../shared/clock.ts';
import { noDecisions } from '../shared/approval/decision-verifier.ts';
import { noActivity } from '../shared/contract/activity.ts';
import { openGuards } from '../shared/engine/guards/open-guards.ts';
import { noSurroundings } from '../shared/contract/surroundings.ts';
import { beginSweep } from '../shared/engine/sweep/sweep.ts';
import { createWorkQueue } from '../shared/work/queue.ts';
import { defaultPolicy } from '../shared/policy/policy.ts';
import { readSettings } from '../shared/settings.ts';
import { createTelemetry } from '../shared/telemetry/telemetry.ts';
import { openRecords } from '../shared/records/open-records.ts';
import { catalogue } from '../remediators/index.ts';

/** Sweeps once, with the environment's settings, in a process with memory of its own. Prints time and peak memory. */
const settings = readSettings(process.env);
const nowhere = { send: () => undefined, flush: () => Promise.resolve() };
const telemetry = createTelemetry(clock, () => Promise.resolve(nowhere));
const azure = createAzureClients(settings, clock, telemetry);
const records = await openRecords(settings.storage, azure.storageCredential, clock);
const logger = { information: () => undefined, warning: console.error, error: console.error };
const startedAt = performance.now();
const outcome = await beginSweep({
  engine: {
    ...records,
    ...openGuards({ ...records, subscriptions: settings.subscriptions, clock, logger }),
    surroundings: noSurroundings,
    decisions: noDecisions,
    activity: noActivity,
    remediators: catalogue,
    observers: [storageAccountObserver(azure, clock)],
    executors: [],
    policy: defaultPolicy,
    clock,
    logger,
    telemetry,
    ownClientIds: Object.values(settings.identities),
  },
  queue: createWorkQueue(settings.storage.queues, azure.storageCredential),
  graph: openResourceGraph(azure, clock),
  sweeps: records.sweeps,
  subscriptions: settings.subscriptions,
});
const milliseconds = performance.now() - startedAt;
// In kilobytes.
const { maxRSS } = process.resourceUsage();
process.stdout.write(JSON.stringify({ outcome, milliseconds, peakMemory: maxRSS * 1_024 }));
process.exit(0);
