import { account, blobService, container } from './estate.ts';

type Body = ReturnType<typeof account> | ReturnType<typeof blobService> | ReturnType<typeof container>;

/** One drift, or none, and how it has to end however often the worker dies. */
export interface CrashScenario {
  readonly title: string;
  /** What lies in the subscription when the baseline is taken. */
  readonly before: readonly Body[];
  /** What somebody's write makes of it; absent where the baseline itself is what is killed. */
  readonly drift?: Body;
  /** Everything as it has to be at the end. */
  readonly after: readonly Body[];
  /** The cases that are to be in the ledger, each exactly once, with the kinds of its entries in order. */
  readonly cases: readonly {
    readonly control: string;
    readonly resource: string;
    readonly kinds: readonly string[];
  }[];
  /** Writes to Azure when nothing goes wrong. */
  readonly writes: number;
}

const closed = [
  'case-opened',
  'case-decided',
  'change-intended',
  'change-applied',
  'change-verified',
  'case-closed',
];

export const crashScenarios = {
  'one drift on an account': (subscription: string): CrashScenario => {
    const good = account(subscription, 'weights');
    return {
      title: 'one drift on an account',
      before: [good, blobService(good.id)],
      drift: account(subscription, 'weights', { allowBlobPublicAccess: true }),
      after: [good],
      cases: [{ control: 'storage-account-blob-anonymous-access', resource: good.id, kinds: closed }],
      writes: 1,
    };
  },
  'three drifts on one account': (subscription: string): CrashScenario => {
    const rules = { networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '192.0.2.1' }] } };
    const good = account(subscription, 'weights', rules);
    const open = {
      allowBlobPublicAccess: true,
      supportsHttpsTrafficOnly: false,
      minimumTlsVersion: 'TLS1_0',
    };
    return {
      title: 'three drifts on one account',
      before: [good, blobService(good.id)],
      drift: account(subscription, 'weights', { ...rules, ...open }),
      after: [good],
      cases: ['blob-anonymous-access', 'https-only', 'min-tls'].map((control) => ({
        control: `storage-account-${control}`,
        resource: good.id,
        kinds: closed,
      })),
      writes: 1,
    };
  },
  'a container': (subscription: string): CrashScenario => {
    const root = account(subscription, 'weights');
    const good = container(root.id, 'models');
    return {
      title: 'a container',
      before: [root, blobService(root.id), good],
      drift: container(root.id, 'models', 'Container'),
      after: [root, good],
      cases: [{ control: 'blob-container-anonymous-access', resource: good.id, kinds: closed }],
      writes: 1,
    };
  },
  'a drift that waits for a person': (subscription: string): CrashScenario => {
    const approved = {
      privateEndpointConnections: [
        { properties: { privateLinkServiceConnectionState: { status: 'Approved' } } },
      ],
    };
    const good = account(subscription, 'weights', approved);
    const open = account(subscription, 'weights', { ...approved, publicNetworkAccess: 'Enabled' });
    return {
      title: 'a drift that waits for a person',
      before: [good, blobService(good.id)],
      drift: open,
      after: [open],
      cases: [
        {
          control: 'storage-account-public-network-access',
          resource: good.id,
          kinds: ['case-opened', 'decision-requested'],
        },
      ],
      writes: 0,
    };
  },
  'a baseline': (subscription: string): CrashScenario => {
    const standing = account(subscription, 'standing', { allowBlobPublicAccess: true });
    const models = container(standing.id, 'models', 'Blob');
    const good = account(subscription, 'weights');
    const estate = [standing, blobService(standing.id), models, good, blobService(good.id)];
    const asked = ['case-opened', 'decision-requested'];
    return {
      title: 'a baseline',
      before: estate,
      after: [standing, models, good],
      cases: [
        { control: 'storage-account-blob-anonymous-access', resource: standing.id, kinds: asked },
        { control: 'blob-container-anonymous-access', resource: models.id, kinds: asked },
      ],
      writes: 0,
    };
  },
} as const satisfies Record<string, (subscription: string) => CrashScenario>;

export type CrashScenarioName = keyof typeof crashScenarios;
