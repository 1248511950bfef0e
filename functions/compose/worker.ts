import { catalogue } from '../../remediators/index.ts';
import { activityLog } from '../../shared/azure/activity-log.ts';
import { createAzureClients, managedIdentity } from '../../shared/azure/clients.ts';
import { storageAccountObserver, storageAccountRoot } from '../../shared/azure/observers/storage-account.ts';
import { openResourceGraph } from '../../shared/azure/resource-graph.ts';
import { openDataKey } from '../../shared/azure/data-key.ts';
import { openSigningKey } from '../../shared/azure/signing-key.ts';
import { blobContainerUpdateExecutor } from '../../shared/azure/steps/blob-container-update.ts';
import type { StepExecutor } from '../../shared/contract/executor.ts';
import { askingExecutor } from '../../shared/engine/act/asking-executor.ts';
import { openSubscriptionList } from '../../shared/azure/subscription-list.ts';
import { openNameKeeper, openNameReader } from '../../shared/work/subscription-names.ts';
import { storageAccountUpdateExecutor } from '../../shared/azure/steps/storage-account-update.ts';
import { azureSurroundings } from '../../shared/azure/surroundings.ts';
import { openDecisionVerifier, openSignatureCheck } from '../../shared/approval/decision-verifier.ts';
import { openInboxRecorder } from '../../shared/approval/record-handed-in.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { escalateDue } from '../../shared/engine/sweep/escalate-due.ts';
import { openGuards } from '../../shared/engine/guards/open-guards.ts';
import { createSweeper } from '../../shared/engine/sweep/sweeper.ts';
import { createWorker } from '../../shared/engine/run/worker.ts';
import { openDeadLetters } from '../../shared/intake/dead-letters.ts';
import { createWorkQueue } from '../../shared/work/queue.ts';
import { createIntake } from '../../shared/intake/receive.ts';
import { countStuckMessages } from '../../shared/intake/stuck-messages.ts';
import { createCheckpointer } from '../../shared/ledger/checkpoints/checkpointer.ts';
import { refuseWhileHalted } from '../../shared/ledger/checkpoints/halts.ts';
import type { Records } from '../../shared/records/open-records.ts';
import { openDataKeyFiles, openRecords } from '../../shared/records/open-records.ts';
import { openDocumentReader } from '../../shared/policy/document-reader.ts';
import { refuseWhileStopped } from '../../shared/policy/kill-switch.ts';
import { openPolicySource } from '../../shared/policy/policy-source.ts';
import { registerReadDeadLetters } from '../read-dead-letters.ts';
import { registerReceiveResourceEvent } from '../receive-resource-event.ts';
import { registerReconcileResource } from '../reconcile-resource.ts';
import { registerRecordDecision } from '../record-decision.ts';
import { registerRecordPoisonedDecision } from '../record-poisoned-decision.ts';
import { registerRecordPoisonedMessage } from '../record-poisoned-message.ts';
import { registerReportHealth } from '../report-health.ts';
import { registerResumeSweep } from '../resume-sweep.ts';
import { registerSendNotices } from '../send-notices.ts';
import { registerSweepSubscriptions } from '../sweep-subscriptions.ts';
import { registerTakeBaseline } from '../take-baseline.ts';
import { registerWakeWork } from '../wake-work.ts';
import { registerWriteCheckpoint } from '../write-checkpoint.ts';
import { readSettings } from '../../shared/settings.ts';
import { openNotifier } from './notifier.ts';
import { once } from './once.ts';
import type { Process } from './process.ts';

/**
 * Registers everything that listens, looks and repairs. Each SDK is loaded with the first piece of work that needs
 * it.
 */
export function registerWorker({ clock, logger, telemetry }: Process): void {
  const settings = readSettings(process.env);
  const azure = createAzureClients(settings, clock, telemetry);
  const queue = createWorkQueue(settings.storage.queues, azure.storageCredential);
  const stuckMessages = countStuckMessages(settings.storage.queues, azure.storageCredential);
  const deadLetters = openDeadLetters(settings.storage.blobs, azure.storageCredential);
  const key = openSigningKey(settings.checkpointKey, azure.storageCredential);
  const sealer = openDataKey({
    app: 'worker',
    key: settings.dataKey,
    credential: azure.storageCredential,
    files: () => openDataKeyFiles(settings.storage, azure.storageCredential),
    signature: key,
  });
  const publicKeyOf = (keyId: string) => key.publicKey(keyId);
  const records = once(() =>
    openRecords(settings.storage, azure.storageCredential, clock, undefined, { sealer, publicKeyOf, logger }),
  );
  const executors = [
    storageAccountUpdateExecutor(azure),
    blobContainerUpdateExecutor(azure),
  ] as StepExecutor[];
  const { subscriptions } = settings;
  const guards = once(async () => openGuards({ ...(await records()), subscriptions, clock, logger }));
  const policies = once(async () => {
    const { policyFiles: files, ledger } = await records();
    const read = openDocumentReader(catalogue, clock, logger);
    return openPolicySource({ files, ledger, read, clock, logger });
  });
  const surroundings = azureSurroundings(azure, clock);
  const activity = activityLog(azure);
  const decisionKey = openSigningKey(settings.decisionKey, azure.storageCredential, clock);
  const decisions = openDecisionVerifier(decisionKey, logger);
  const engine = async (): Promise<Engine & Pick<Records, 'sweeps'>> => ({
    ...(await records()),
    ...(await guards()),
    surroundings,
    activity,
    decisions,
    remediators: catalogue,
    observers: [storageAccountObserver(azure, clock)],
    executors: executors.map((executor) =>
      askingExecutor(executor, [
        { code: 'changes-halted', ask: async () => refuseWhileHalted((await records()).halts) },
        { code: 'changes-stopped', ask: async () => refuseWhileStopped((await guards()).killSwitch) },
      ]),
    ),
    policy: await (await policies()).current(),
    clock,
    logger,
    telemetry,
    ownClientIds: Object.values(settings.identities),
  });
  const nameStore = async () => (await records()).names;
  const keepNames = openNameKeeper({
    store: nameStore,
    list: openSubscriptionList({
      arm: settings.arm,
      credential: () => managedIdentity(settings.identities.observe),
      clock,
      telemetry,
    }),
    subscriptions,
    clock,
    logger,
  });
  const readNames = openNameReader({ store: nameStore, clock, logger });
  const worker = createWorker(engine, {
    telemetry,
    logger,
    clock,
    queue: () => queue,
    subscriptions,
    keepNames,
  });
  const graph = openResourceGraph(azure, clock);
  const sweeper = createSweeper(engine, {
    telemetry,
    logger,
    queue: () => queue,
    graph: () => graph,
    subscriptions,
    escalateDue,
    stuckMessages,
    keepNames,
  });
  const intake = createIntake({
    rootTypes: [storageAccountRoot],
    subscriptions,
    ledger: async () => (await records()).ledger,
    unreadableEvents: async () => (await records()).unreadableEvents,
    queue: () => queue,
    deadLetters: () => deadLetters,
    clock,
    logger,
    telemetry,
  });
  const recorder = openInboxRecorder(async () => (await records()).ledger, {
    policy: async () => (await policies()).current(),
    verifier: decisions,
    check: openSignatureCheck(decisionKey, logger),
    queue: () => queue,
    clock,
    logger,
    subscriptions,
  });
  const checkpointer = createCheckpointer(
    async () => {
      const { ledger, halts, evidence } = await records();
      return { ...evidence, ledger, halts, key, clock, endOf: (chain) => ledger.end(chain) };
    },
    { telemetry, logger },
  );
  registerReportHealth('worker', {
    isHalted: async () => (await records()).halts.isHalted(),
    stuckMessages,
  });
  registerReceiveResourceEvent(intake);
  registerReconcileResource(worker);
  registerRecordPoisonedMessage(worker);
  registerRecordDecision(recorder);
  registerRecordPoisonedDecision(recorder);
  registerWakeWork(worker);
  registerTakeBaseline(worker);
  registerSweepSubscriptions(sweeper);
  registerResumeSweep(sweeper);
  registerReadDeadLetters(intake);
  registerWriteCheckpoint(checkpointer);
  registerSendNotices(
    openNotifier({ clock, logger, telemetry }, settings, azure.storageCredential, async () => ({
      ...(await records()),
      policy: await (await policies()).current(),
      names: await readNames(),
    })),
  );
}
