import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { credentialOf } from '../../sandbox/deploy.ts';
import type { Principal } from '../../sandbox/identity/principals.ts';
import { keyNameOf } from '../../sandbox/settings.ts';
import { type HolderOfRights, rights } from '../../shared/catalogue/rights.ts';
import { systemClock } from '../../shared/clock.ts';
import { openDataKeyFiles, openRecords } from '../../shared/records/open-records.ts';
import { openDataKey } from '../../shared/azure/data-key.ts';
import { openSigningKey } from '../../shared/azure/signing-key.ts';
import { readSettings } from '../../shared/settings.ts';
import { createLogger } from '../../shared/telemetry/logger.ts';
import type { Deployed } from './deployed.ts';
import { becomes, group, runFunction, settled, startDeployed } from './deployed.ts';
import { eventually } from './eventually.ts';
import { entriesAbout, entriesOf, messagesIn, queueOf, rowsOf, tableOf } from './records.ts';

// Each app does all that it can do, under the rights that were generated for it: nothing is refused, nothing is left over.

const security = '5ec0de00-0000-4000-8000-00000000000a';
const policy = `format: 1
rules:
  - name: ask-about-tls
    scope: '*'
    control: storage-account-min-tls
    mode: approve
approvers:
  - name: security
    scope: '*'
    principals: [{ id: ${security}, label: Security }]
`;

let deployed: Deployed;
let approver: Principal;
let operator: Principal;
let auditor: Principal;

beforeAll(async () => {
  deployed = await startDeployed({ accounts: 4, policy });
  await deployed.startWeb();
  const person = (displayName: string, role: string): Principal =>
    deployed.cloud.addPerson({ displayName, roles: [`Leakstop.${role}`], groups: [security] });
  approver = person('approver', 'Approver');
  operator = person('operator', 'Operator');
  auditor = person('auditor', 'Auditor');
});
afterAll(() => deployed.stop());

/** Calls the web app as somebody: the API with a token, a page with a session. */
async function call(who: Principal, path: string, body?: object): Promise<Response> {
  const { azure, deployment } = deployed.cloud;
  const isApi = path.startsWith('/api/');
  const token = await azure.entra.mintFor(
    deployment.registration,
    who,
    isApi ? { use: 'api' } : { use: 'session', nonce: 'n' },
  );
  return fetch(`${deployment.webUrl}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(isApi ? { authorization: `Bearer ${token}` } : { cookie: `__Host-leakstop-session=${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** The answer to a call that has to succeed. */
async function answered(who: Principal, path: string, body?: object): Promise<string> {
  const answer = await call(who, path, body);
  const text = await answer.text();
  expect(answer.status, `${path}: ${text.slice(0, 300)}`).toBeLessThan(300);
  return text;
}

/** Runs a function of the worker until something has come of it. */
async function run(name: string, what: string, isDone: () => Promise<boolean>): Promise<void> {
  await runFunction(deployed.host, name);
  await eventually(what, isDone, 100);
}

const serviceHas = async (kind: string): Promise<boolean> =>
  (await entriesOf(deployed.cloud, 'service')).some((entry) => entry.kind === kind);

function containerOf(name: string): ContainerClient {
  const { azure, storage } = deployed.cloud;
  const service = new BlobServiceClient(storage.urls.blobs, credentialOf(azure, azure.operator));
  return service.getContainerClient(name);
}

async function blobsIn(container: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of containerOf(container).listBlobsFlat()) {
    names.push(name);
  }
  return names;
}

async function leakIsClosed(): Promise<void> {
  const { id, name } = deployed.nextAccount();
  await deployed.person.storageAccounts.update(group, name, { allowBlobPublicAccess: true });
  await becomes(deployed, id, 'allowBlobPublicAccess', false);
}

/** Somebody is asked by a card, opens its link, and decides. */
async function personDecides(): Promise<void> {
  const { id, name } = deployed.nextAccount();
  await runFunction(deployed.host, 'send-notices');
  await eventually('messages have begun', async () =>
    (await rowsOf(deployed.cloud, 'work')).some(({ partitionKey }) => partitionKey === 'notices'),
  );
  await deployed.person.storageAccounts.update(group, name, { minimumTlsVersion: 'TLS1_0' });
  await eventually('people are asked', async () =>
    (await entriesAbout(deployed.cloud, id)).some(({ kind }) => kind === 'decision-requested'),
  );
  await runFunction(deployed.host, 'send-notices');
  const link = await eventually('a card asks', () =>
    deployed.cloud.teams
      .cards()
      .map(({ message }) => /"url":"https:\/\/[^/"]+(\/decide\?[^"]+)"/.exec(JSON.stringify(message))?.[1])
      .find((path) => path !== undefined),
  );
  expect(await answered(approver, link)).toContain('Approve the change');
  const listed = await eventually('the case is listed', async () => {
    const { cases } = JSON.parse(await answered(approver, '/api/cases?state=awaiting-decision')) as {
      cases: { subscription: string; case: string; resource: string }[];
    };
    return cases.find(({ resource }) => resource.toLowerCase().includes(name));
  });
  const path = `/api/cases/${listed.subscription}/${listed.case}`;
  const { hash } = JSON.parse(await answered(approver, path)) as { hash: string };
  await answered(approver, `${path}/decisions`, { proposal: hash, verdict: 'approve' });
  await becomes(deployed, id, 'minimumTlsVersion', 'TLS1_2');
}

async function switchIsTurned(): Promise<void> {
  for (const changes of ['stopped', 'allowed']) {
    await answered(operator, '/api/kill-switch', { changes, reason: 'an exercise' });
  }
}

/** Another process of the worker records a body that no row holds. The checkpoint reads it, and so does whoever downloads the ledger. */
async function largeBodyIsKept(): Promise<void> {
  const { azure, storage, deployment } = deployed.cloud;
  const { worker } = deployment.identities;
  const { checkpointKey, dataKey } = readSettings(deployment.settings('worker'));
  const credential = () => Promise.resolve(credentialOf(azure, worker));
  const ofVault = () => Promise.resolve(credentialOf(azure, worker, dataKey.audience));
  const signature = openSigningKey(checkpointKey, ofVault);
  const sealer = openDataKey({
    app: 'worker',
    key: dataKey,
    credential: ofVault,
    files: () => openDataKeyFiles(storage.urls, credential),
    signature,
  });
  const seals = {
    sealer,
    publicKeyOf: (keyId: string) => signature.publicKey(keyId),
    logger: createLogger(() => undefined),
  };
  const { ledger } = await openRecords(storage.urls, credential, systemClock, {}, seals);
  await ledger.append({
    chain: 'service',
    entries: [{ kind: 'work-failed', body: { payload: { reason: 'x'.repeat(250_000) } } }],
    cases: [],
  });
}

async function evidenceIsHandedOut(): Promise<void> {
  const before = (await blobsIn('checkpoints')).length;
  await run('write-checkpoint', 'there is a checkpoint more', async () => {
    return (await blobsIn('checkpoints')).length > before;
  });
  for (const path of ['/api/ledger', '/api/ledger/service']) {
    await answered(auditor, path);
  }
  const id = await eventually(
    'the checkpoint names its key',
    async () =>
      /https:[^"\\]+\/keys\/[0-9A-Za-z-]+\/[0-9a-f]+/.exec(await answered(auditor, '/api/checkpoints'))?.[0],
  );
  await answered(auditor, `/api/checkpoint-key?id=${encodeURIComponent(id)}`);
}

async function deadLettersAreRead(): Promise<void> {
  const container = containerOf('dead-letters');
  for (const [name, text] of [
    ['readable.json', '[]'],
    ['broken.json', 'no JSON'],
  ] as const) {
    await container.getBlockBlobClient(name).upload(text, text.length);
  }
  // Told at the next run, since its hour is over.
  await tableOf(deployed.cloud, 'work').createEntity({
    partitionKey: 'unreadable-events',
    rowKey: '2026-01-01T00',
    count: 1,
  });
  await run('read-dead-letters', 'both are dealt with', async () => {
    return (await blobsIn('dead-letters')).join() === 'unreadable/broken.json';
  });
}

/** Messages that nobody can take: one that is no text of ours, and one that the host gave up. */
async function poisonIsTold(): Promise<void> {
  const { url, functionKey } = deployed.host;
  for (const name of ['reconcile', 'inbox']) {
    const poison = `${name}-poison`;
    await queueOf(deployed.cloud, name).sendMessage('{not base64}');
    await eventually('the host gives it up', async () => (await messagesIn(deployed.cloud, poison)) === 1);
    await fetch(`${url}/api/health`, { headers: { 'x-functions-key': functionKey } });
    await queueOf(deployed.cloud, poison).clearMessages();
    const text = Buffer.from(JSON.stringify({ hello: 1 })).toString('base64');
    await queueOf(deployed.cloud, poison).sendMessage(text);
    await eventually('it is recorded', async () => (await messagesIn(deployed.cloud, poison)) === 0);
  }
}

/** The ledger refuses what is to be recorded, so that the host puts the message back for a while. */
async function messageIsPutBack(): Promise<void> {
  const refused = deployed.cloud.faults.add({
    target: 'tables',
    effect: { kind: 'status', status: 403 },
    methods: ['POST'],
  });
  const text = Buffer.from(JSON.stringify({ hello: 1 })).toString('base64');
  await queueOf(deployed.cloud, 'inbox').sendMessage(text);
  await eventually('it is put back', () =>
    Promise.resolve([...usedBy('worker'), ...refusedTo('worker')].includes('queues inbox messages/write')),
  );
  deployed.cloud.faults.remove(refused);
}

async function lookIsAsked(): Promise<void> {
  const { root } = JSON.parse(
    await answered(operator, '/api/looks', { resource: deployed.openAccount.id }),
  ) as { root: string };
  expect(root.toLowerCase()).toBe(deployed.openAccount.id.toLowerCase());
}

async function sweepIsMade(): Promise<void> {
  await runFunction(deployed.host, 'sweep-subscriptions');
  await eventually(
    'the sweep is told of',
    async () => {
      await runFunction(deployed.host, 'resume-sweep');
      return serviceHas('sweep-completed');
    },
    500,
  );
}

const apps = Object.keys(rights) as readonly HolderOfRights[];
const identityOf = (app: HolderOfRights): string => deployed.cloud.deployment.identities[app].objectId;

/** What an app did, as `tables ledger entities/read` or `keys leakstop-links keys/read`. */
function usedBy(app: HolderOfRights): readonly string[] {
  const { storage, azure } = deployed.cloud;
  const keys = azure.keyVault.usedBy(identityOf(app)).map((use) => `keys ${use}`);
  return [...storage.principals.usedBy(identityOf(app)), ...keys].toSorted();
}

function refusedTo(app: HolderOfRights): readonly string[] {
  const { storage, azure } = deployed.cloud;
  return [...storage.principals.refusedTo(identityOf(app)), ...azure.keyVault.refusedTo(identityOf(app))];
}

/** The rights that an app was given, in the same words. */
function heldBy(app: HolderOfRights): readonly string[] {
  const services = { table: 'tables', queue: 'queues', container: 'blobs', key: 'keys' };
  return rights[app]
    .flatMap(({ place, name, actions }) =>
      Object.keys(actions).map(
        (action) => `${services[place]} ${place === 'key' ? keyNameOf(name) : name} ${action}`,
      ),
    )
    .toSorted();
}

test('each app has the rights that it needs, and none besides', async () => {
  const acts = [
    leakIsClosed,
    personDecides,
    switchIsTurned,
    lookIsAsked,
    deadLettersAreRead,
    poisonIsTold,
    messageIsPutBack,
    sweepIsMade,
    largeBodyIsKept,
    evidenceIsHandedOut,
  ];
  for (const act of acts) {
    await act().catch((error: unknown) => {
      const refused = apps.flatMap((app) => refusedTo(app).map((right) => `${app}: ${right}`));
      throw new Error(`${act.name} failed; refused: ${refused.join(', ') || 'nothing'}`, { cause: error });
    });
  }
  await settled(deployed);
  for (const app of apps) {
    expect(refusedTo(app), `refused to ${app}`).toEqual([]);
    expect(usedBy(app), `used by ${app}`).toEqual(heldBy(app));
  }
});
