import { openPages } from '../../pages/page-app.ts';
import { catalogue } from '../../remediators/index.ts';
import { createApi } from '../../shared/api/api.ts';
import { openDecisionService } from '../../shared/approval/open-decision-service.ts';
import { openLookService } from '../../shared/approval/open-look-service.ts';
import { openDecisionVerifier } from '../../shared/approval/decision-verifier.ts';
import { openLinkVerifier } from '../../shared/approval/link-token.ts';
import { managedIdentity } from '../../shared/azure/clients.ts';
import { storageAccountRoot } from '../../shared/azure/observers/storage-account.ts';
import { openSigningKey } from '../../shared/azure/signing-key.ts';
import { type CaseView, openCaseIndex } from '../../shared/case-index/case-index.ts';
import { heldBySwitch } from '../../shared/case-index/held-by-switch.ts';
import { dataOf } from '../../shared/case-index/indexed-case.ts';
import { openEvidenceFacts } from '../../shared/case-index/evidence-facts.ts';
import { openSignIn } from '../../shared/entra/sign-in.ts';
import { openTokenVerifier } from '../../shared/entra/token-verifier.ts';
import { createInbox, createWorkQueue } from '../../shared/work/queue.ts';
import { openChainReader } from '../../shared/ledger/chain-reader.ts';
import { openDocumentReader } from '../../shared/policy/document-reader.ts';
import { openPolicyReader } from '../../shared/policy/policy-reader.ts';
import { readWebSettings } from '../../shared/settings.ts';
import { openNameReader } from '../../shared/work/subscription-names.ts';
import { openRecords } from '../../shared/records/open-records.ts';
import { registerReportHealth } from '../report-health.ts';
import { registerServeApi } from '../serve-api.ts';
import { registerServePages } from '../serve-pages.ts';
import { once } from './once.ts';
import type { Process } from './process.ts';

/** Audience of the managed identity's token that replaces a secret when the app signs somebody in. */
const federationAudience = 'api://AzureADTokenExchange';

/**
 * Registers pages and API. They record decisions of people; no part of them has a right on a guarded resource. Each
 * SDK is loaded with the first request that needs it.
 */
export function registerWeb({ clock, logger }: Process): void {
  const settings = readWebSettings(process.env);
  const { subscriptions, entra, webUrl, identities } = settings;
  const credential = once(() => managedIdentity(identities.storage));
  const records = once(() => openRecords(settings.storage, credential, clock));
  const queue = createWorkQueue(settings.storage.queues, credential);
  const inbox = createInbox(settings.storage.queues, credential);
  const [decisionKey, linkKey, checkpointKey] = [
    openSigningKey(settings.decisionKey, credential, clock),
    openSigningKey(settings.linkKey, credential, clock),
    openSigningKey(settings.checkpointKey, credential),
  ];
  const tokens = openTokenVerifier({ ...entra, clock });
  const policies = once(async () => {
    const { policyFiles: files, ledger } = await records();
    return openPolicyReader({
      files,
      ledger,
      read: openDocumentReader(catalogue, clock, logger),
      clock,
      logger,
    });
  });
  const policy = async () => (await policies()).current();
  const reader = once(async () => openChainReader((await records()).evidence));
  const index = once(async () =>
    openCaseIndex({ reader: await reader(), ledger: (await records()).ledger, subscriptions, clock }),
  );
  const signatures = openDecisionVerifier(decisionKey, logger);
  const controls = catalogue.map(({ meta }) => meta);
  const decisions = once(async () =>
    openDecisionService({
      ledger: (await records()).ledger,
      inbox,
      reader: await reader(),
      policy,
      key: decisionKey,
      verifier: signatures,
      queue: () => queue,
      clock,
      logger,
      subscriptions,
      rootOf: async (subscription, caseId) => rootIn(await (await index()).read(), subscription, caseId),
      switchFile: (await records()).switchFile,
      heldBySwitch: async () => heldBySwitch(await (await index()).read()),
    }),
  );
  const looks = openLookService({
    rootTypes: [storageAccountRoot],
    subscriptions,
    queue: () => queue,
    clock,
    logger,
  });
  const evidence = once(async () => {
    const { evidence: source, halts } = await records();
    return openEvidenceFacts({
      files: source.files,
      halts,
      publicKeyOf: (keyId) => checkpointKey.publicKey(keyId),
      clock,
    });
  });
  const killSwitch = async () => (await records()).killSwitch;
  const names = openNameReader({ store: async () => (await records()).names, clock, logger });
  const pages = openPages({
    webUrl,
    controls,
    verifier: tokens,
    signIn: openSignIn({
      ...entra,
      webUrl,
      logger,
      clientAssertion: async () =>
        (await (await credential()).getToken(`${federationAudience}/.default`))?.token ?? '',
    }),
    decisions,
    looks,
    links: () => Promise.resolve(openLinkVerifier(linkKey, clock)),
    index,
    names,
    reader,
    killSwitch,
    evidence: async () => (await evidence())(),
    limits: async () => (await policy()).limits,
    clock,
    logger,
  });
  const api = createApi({
    verifier: tokens,
    controls,
    decisions,
    looks,
    index,
    names,
    reader,
    signatures,
    store: async () => (await records()).evidence,
    evidence: async () => (await records()).evidence.files,
    publicKeyOf: (keyId) => checkpointKey.publicKey(keyId),
    killSwitch,
    clock,
    logger,
  });
  registerReportHealth('web');
  registerServeApi(api);
  registerServePages(() => Promise.resolve(pages), webUrl);
}

function rootIn(view: CaseView, subscription: string, caseId: string): string | undefined {
  const indexed = view.find(subscription, caseId);
  return indexed && dataOf(indexed).root;
}
