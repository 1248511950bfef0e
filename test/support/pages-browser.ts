import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import {
  subscription,
  otherSubscription,
  type PagesWorld,
  pagesWorld,
  accountId,
  asked,
  madeCase,
  say,
} from './pages-world.ts';
import type { CaseRow } from '../../shared/ledger/ledger.ts';
import { samplePayloads } from './sample-payloads.ts';

export interface ServedPages {
  readonly world: PagesWorld;
  readonly origin: string;
  /** Requests that came, as `METHOD path`, with the headers that tests look at. */
  readonly requests: {
    readonly line: string;
    readonly referrer: string | null;
    readonly origin: string | null;
  }[];
  close(): Promise<void>;
}

/** The pages on this machine, for a browser. Loopback only; a browser takes `localhost` for secure. */
export async function servePages(): Promise<ServedPages> {
  const requests: { line: string; referrer: string | null; origin: string | null }[] = [];
  const served: { fetch?: (request: Request) => Promise<Response> } = {};
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const started = serve(
      {
        hostname: '127.0.0.1',
        port: 0,
        fetch: (request) => {
          const { pathname, search } = new URL(request.url);
          requests.push({
            line: `${request.method} ${pathname}${search}`,
            referrer: request.headers.get('referer'),
            origin: request.headers.get('origin'),
          });
          return served.fetch!(request);
        },
      },
      () => resolve(started),
    );
  });
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const world = pagesWorld(origin);
  served.fetch = (request) => world.pages.fetch(request);
  return {
    world,
    origin,
    requests,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Some cases of each sort; those that pages are looked at with. */
export interface Estate {
  readonly asked: CaseRow;
  readonly unwitnessed: CaseRow;
  readonly held: CaseRow;
  readonly failed: CaseRow;
  readonly fixed: CaseRow;
}

/** Fills a world with cases, sweeps, turns and policies, at times that lie apart. */
export async function fillEstate(world: PagesWorld): Promise<Estate> {
  const { clock, ledger } = world;
  const hour = 3_600_000;
  const now = clock.now().toISOString();
  await ledger.append({
    chain: 'service',
    entries: [
      { kind: 'policy-loaded', body: { payload: { policy: `sha256:${'ab'.repeat(32)}`, at: now } } },
      {
        kind: 'kill-switch-seen',
        body: {
          payload: { changes: 'stopped', because: 'said', by: 'Olli', reason: 'Migration of the data lake' },
        },
      },
      {
        kind: 'sweep-completed',
        body: {
          payload: {
            run: 'r',
            startedAt: now,
            completedAt: now,
            subscriptions: [
              {
                subscription,
                isCovered: true,
                resources: { 'microsoft.storage/storageaccounts': 812 },
                looks: 3,
                unreadable: [],
                unreadableCount: 2,
                hasTopic: true,
              },
              {
                subscription: otherSubscription,
                isCovered: false,
                failure: { code: 'access-denied' },
                resources: {},
                looks: 0,
                unreadable: [],
                unreadableCount: 0,
              },
            ],
          },
        },
      },
    ],
    cases: [],
  });
  await ledger.append({
    chain: subscription,
    entries: [{ kind: 'baseline-completed', body: { payload: samplePayloads['baseline-completed'] } }],
    cases: [],
    head: { baseline: { startedAt: now, completedAt: now, controls: ['storage-account-https-only'] } },
  });
  const closing = [
    { kind: 'case-opened', payload: { witnessed: true, firstSeenDrifted: now } },
    { kind: 'case-decided', payload: { decision: 'change', rule: 'production' } },
    { kind: 'change-intended', payload: { requestId: 'r-1' } },
    { kind: 'change-applied', payload: {} },
    { kind: 'change-verified', payload: {} },
    { kind: 'case-closed', payload: { reason: 'fixed' } },
  ] as const;
  let fixed: CaseRow | undefined;
  for (let index = 0; index < 12; index += 1) {
    const firstSeenDrifted = new Date(clock.now().getTime() - (index + 1) * 40_000).toISOString();
    fixed = await say(
      world,
      subscription,
      madeCase(accountId(`closed${index}`), { firstSeenDrifted, closed: 'fixed' }),
      closing,
    );
    clock.advance(index % 3 === 0 ? 20 * hour : 5 * hour);
  }
  const severity = ['critical', 'high', 'medium', 'low'] as const;
  for (let index = 0; index < 24; index += 1) {
    const firstSeenDrifted = new Date(clock.now().getTime() - index * index * 2 * hour).toISOString();
    await say(
      world,
      index % 5 === 0 ? otherSubscription : subscription,
      madeCase(accountId(`lake${index}`, index % 5 === 0 ? otherSubscription : subscription), {
        firstSeenDrifted,
        severity: severity[index % 4]!,
        control: index % 2 === 0 ? 'storage-account-https-only' : 'storage-account-min-tls',
      }),
      asked,
    );
  }
  const container = `${accountId('researchdata')}/blobServices/default/containers/formulas`;
  const change = madeCase(accountId('researchdata')).change!;
  const unwitnessed = await say(
    world,
    subscription,
    madeCase(container, {
      control: 'blob-container-anonymous-access',
      severity: 'critical',
      exposure: 'real',
      witnessed: false,
      opener: { grade: 'unknown' },
      due: {
        at: new Date(clock.now().getTime() + 20 * hour).toISOString(),
        owner: 'data-platform@contoso.example',
        rule: 'research',
      },
      change: {
        steps: [
          {
            kind: 'blob-container-update',
            target: container,
            before: { 'properties.publicAccess': { is: 'Blob' } },
            after: { 'properties.publicAccess': { is: 'None' } },
          },
          {
            ...change.steps[0]!,
            before: { 'properties.allowBlobPublicAccess': { absent: true } },
            after: { 'properties.allowBlobPublicAccess': { is: false } },
          },
        ] as never,
        impact: 'Whoever reads blobs of this container without signing in is refused from then on.',
        undo: {
          kind: 'default',
          note: 'Azure does not say what was there where nothing was set.',
          values: { 'properties.allowBlobPublicAccess': true },
        },
      },
      trail: [],
    }),
    asked,
  );
  const held = await say(
    world,
    subscription,
    madeCase(accountId('frozen'), {
      hold: {
        reason: 'exempt',
        at: now,
        until: new Date(clock.now().getTime() + 3 * 24 * hour).toISOString(),
      },
    }),
    [
      asked[0]!,
      {
        kind: 'case-held',
        payload: { reason: 'exempt', owner: 'Grace', grounds: 'Partner cannot do TLS yet', until: now },
      },
    ],
  );
  const failed = await say(
    world,
    otherSubscription,
    madeCase(accountId('denied', otherSubscription), {
      control: 'resource-observable',
      change: undefined,
      differences: [],
      failure: {
        code: 'access-denied',
        action: 'Microsoft.Storage/storageAccounts/read',
        message: 'Cannot read "denied": access is refused',
        at: now,
      },
    }),
    [
      asked[0]!,
      {
        kind: 'case-failed',
        payload: {
          code: 'access-denied',
          action: 'Microsoft.Storage/storageAccounts/read',
          message: 'Cannot read "denied": access is refused',
        },
      },
    ],
  );
  const first = await say(world, subscription, madeCase(accountId('payments')), asked);
  clock.advance(hour);
  const decided = await say(
    world,
    subscription,
    { ...madeCase(accountId('payments')), trail: [first.sequence] },
    [
      {
        kind: 'decision-recorded',
        payload: {
          decision: {
            verdict: 'approve',
            by: { name: 'Bo Builder' },
            reason: 'Checked with the team',
            until: '2026-03-08T00:00:00.000Z',
          },
        },
      },
    ],
    first,
  );
  return { asked: decided, unwitnessed, held, failed, fixed: fixed! };
}
