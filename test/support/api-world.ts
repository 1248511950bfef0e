import { type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { type Api, createApi, openRoutes } from '../../shared/api/api.ts';
import type { ApiParts } from '../../shared/api/parts.ts';
import { openLookService } from '../../shared/approval/open-look-service.ts';
import { storageAccountRoot } from '../../shared/azure/observers/storage-account.ts';
import { openCaseIndex } from '../../shared/case-index/case-index.ts';
import type { CaseData } from '../../shared/case/case-data.ts';
import type { JsonObject } from '../../shared/contract/json.ts';
import { catalogue } from '../../remediators/index.ts';
import { openTokenVerifier } from '../../shared/entra/token-verifier.ts';
import { openChainReader } from '../../shared/ledger/chain-reader.ts';
import { caseKey } from '../../shared/ledger/format/keys.ts';
import type { CaseEntryKind } from '../../shared/ledger/format/states.ts';
import { openLedger } from '../../shared/ledger/open-ledger.ts';
import { subscriptionNames } from '../../shared/subscription-names.ts';
import { createLogger } from '../../shared/telemetry/logger.ts';
import { openTestTenant, type TestTenant } from './entra-tokens.ts';
import { account } from './estate.ts';
import { FakeDecisions } from './fake-decisions.ts';
import { localKey } from './local-key.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryFiles } from './memory-files.ts';
import { MemoryTable } from './memory-table.ts';
import { anyEntry, sampleOf } from './sample-payloads.ts';

export const subscription = '11111111-1111-4111-8111-111111111111';
export const control = 'storage-account-blob-anonymous-access';
export const asked = 'aaaa1111-0000-4000-8000-000000000001';
export const held = 'aaaa2222-0000-4000-8000-000000000002';
export const final = 'cccc4444-0000-4000-8000-000000000004';
export const closed = 'bbbb3333-0000-4000-8000-000000000003';

/** The API over a ledger in memory, heard on loopback, with people of a tenant of its own. */
export interface ApiWorld {
  readonly url: string;
  readonly api: Api;
  /** Every address that is registered, as `METHOD path`. */
  readonly routes: readonly string[];
  readonly clock: ManualClock;
  readonly tenant: TestTenant;
  readonly decisions: FakeDecisions;
  readonly memory: MemoryTable;
  readonly files: MemoryFiles;
  /** The key of the checkpoints. */
  readonly key: ReturnType<typeof localKey>;
  readonly log: string[];
  /** Messages by which the worker was told to look. */
  readonly looks: Record<string, unknown>[];
  /** Makes the ledger unreachable, or reachable again. */
  breakLedger(error: Error | undefined): void;
  close(): Promise<void>;
}

const bodies = {
  putBody: () => Promise.resolve(),
  getBody: () => Promise.resolve(undefined),
};

export async function openApiWorld(): Promise<ApiWorld> {
  const clock = new ManualClock();
  const tenant = await openTestTenant(clock);
  const decisions = new FakeDecisions();
  const memory = new MemoryTable();
  const log: string[] = [];
  const files = new MemoryFiles();
  const key = localKey();
  const looks: Record<string, unknown>[] = [];
  await fill(memory, clock);
  let fault: Error | undefined;
  const ledger = openLedger({ table: memory.client(), bodies: bodies, clock });
  const store = { table: memory.client(), bodies };
  const reader = openChainReader({ table: store.table, bodies: bodies });
  const whenReachable =
    <T>(value: T) =>
    async (): Promise<T> => {
      await Promise.resolve();
      if (fault) {
        throw fault;
      }
      return value;
    };
  const parts: ApiParts = {
    verifier: openTokenVerifier({ ...tenant, clock }),
    controls: catalogue.map(({ meta }) => meta),
    reader: whenReachable(reader),
    signatures: { check: () => Promise.resolve('genuine') },
    decisions: () => Promise.resolve(decisions),
    looks: openLookService({
      rootTypes: [storageAccountRoot],
      subscriptions: [subscription],
      queue: () => ({
        send: ({ root, note }) => {
          if (fault) {
            return Promise.reject(fault);
          }
          looks.push({ root, ...note });
          return Promise.resolve();
        },
      }),
      clock,
      logger: createLogger((_level, line) => void log.push(line)),
    }),
    index: whenReachable(openCaseIndex({ reader, ledger, subscriptions: [subscription], clock })),
    names: () => Promise.resolve(subscriptionNames({ [subscription]: 'Research' })),
    store: whenReachable(store),
    evidence: whenReachable(files.client()),
    publicKeyOf: (id) => key.publicKey(id),
    killSwitch: () => Promise.resolve(decisions.killSwitch),
    clock,
    logger: createLogger((_level, line) => void log.push(line)),
  };
  const api = createApi(parts);
  const routes = openRoutes(parts).routes.filter(({ method }) => method !== 'ALL');
  const { server, port } = await listen((request) => api.fetch(request));
  return {
    api,
    routes: [...new Set(routes.map(({ method, path }) => `${method} ${path}`))],
    url: `http://127.0.0.1:${port}`,
    clock,
    tenant,
    decisions,
    memory,
    files,
    key,
    log,
    looks,
    breakLedger: (error) => (fault = error),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function listen(fetch: (request: Request) => Promise<Response>): Promise<{ server: Server; port: number }> {
  return new Promise((resolve) => {
    const server = serve({ fetch, hostname: '127.0.0.1', port: 0 }, (info: AddressInfo) =>
      resolve({ server, port: info.port }),
    ) as Server;
  });
}

async function fill(memory: MemoryTable, clock: ManualClock): Promise<void> {
  const ledger = openLedger({ table: memory.client(), bodies: bodies, clock });
  const append = async (caseId: string, name: string, kinds: CaseEntryKind[], more: Partial<CaseData>) => {
    const resource = account(subscription, name).id;
    const data: CaseData = {
      root: resource,
      resource,
      control,
      severity: 'high',
      witnessed: true,
      firstSeenDrifted: clock.now().toISOString(),
      opener: { grade: 'unknown' },
      differences: [{ path: 'properties.allowBlobPublicAccess', actual: true, desired: false }],
      requestIds: [],
      change: {
        steps: [
          {
            kind: 'storage-account-update',
            target: resource,
            before: { 'properties.allowBlobPublicAccess': { is: true }, 'properties.new': { absent: true } },
            after: { 'properties.allowBlobPublicAccess': { is: false }, 'properties.new': { is: 'on' } },
          },
        ],
        impact: 'Whoever reads without a key is cut off.',
        undo: { kind: 'default', note: 'what was absent is written', values: { 'properties.new': 'off' } },
      },
      ...more,
    };
    const key = caseKey(resource, resource, control);
    await ledger.append({
      chain: subscription,
      entries: kinds.map((kind) =>
        anyEntry({ kind, key, caseId, body: { resource, control, payload: sampleOf(kind) } }),
      ),
      cases: [{ key, caseId, expected: 'absent', data: JSON.parse(JSON.stringify(data)) as JsonObject }],
    });
    clock.advance(1_000);
  };
  await append(held, 'old', ['case-opened', 'case-held'], {
    hold: { reason: 'tug-of-war', at: clock.now().toISOString() },
  });
  await append(asked, 'worst', ['case-opened', 'decision-requested'], { severity: 'critical' });
  await append(final, 'final', ['case-opened', 'case-closed'], {
    closed: 'fixed',
    change: { steps: [], impact: '', undo: { kind: 'none', note: 'what is gone is gone' } },
  });
  await append(closed, 'done', ['case-opened', 'case-closed'], { closed: 'fixed' });
}
