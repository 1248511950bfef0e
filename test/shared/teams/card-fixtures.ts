import type { Ask } from '../../../shared/teams/ask-card.ts';
import { catalogue } from '../../../remediators/index.ts';
import { type CardSubject, cardSubject } from '../../../shared/teams/case-facts.ts';
import type { Digest } from '../../../shared/teams/digest-card.ts';

export const link = 'https://leakstop.example/decide?token=eyJhbGciOiJFUzI1NiJ9.e30.c2ln';
export const account =
  '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg-models/providers/Microsoft.Storage/storageAccounts/acmemodelweights';

const controls = catalogue.map(({ meta }) => meta);
type Carded = Parameters<typeof cardSubject>[1];
const networks: Carded = {
  resource: account,
  control: 'storage-account-public-network-access',
  differences: [{ path: 'properties.publicNetworkAccess', actual: 'Enabled', desired: 'Disabled' }],
  severity: 'high',
  exposure: 'real',
  witnessed: true,
  lastSeenInSync: '2026-11-24T20:10:04.000Z',
  firstSeenDrifted: '2026-11-24T20:12:31.000Z',
  opener: {
    grade: 'proven',
    actor: { objectId: 'o', name: 'maria.keller@contoso.com', appName: 'Azure Portal', kind: 'User' },
    event: 'e',
  },
};
const plainHttp: Carded = {
  ...networks,
  control: 'storage-account-https-only',
  differences: [{ path: 'properties.supportsHttpsTrafficOnly', actual: false, desired: true }],
};

/** A case as most are. */
export const subject: CardSubject = cardSubject(controls, networks, () => 'Research production');

export const ask: Ask = {
  subject,
  proposal: {
    steps: [
      {
        kind: 'storage-account-update',
        target: account,
        before: {
          'properties.publicNetworkAccess': { is: 'Enabled' },
          'properties.allowBlobPublicAccess': { absent: true },
        },
        after: {
          'properties.publicNetworkAccess': { is: 'Disabled' },
          'properties.allowBlobPublicAccess': { is: false },
        },
      },
    ],
    impact:
      'Whoever does not come through a private endpoint is cut off: apps without network integration, hosted build agents, the portal.',
    undo: {
      kind: 'default',
      note: 'The property was absent, which Azure reads as Enabled: undo writes Enabled',
    },
  },
  approvers: ['Data platform on-call', 'Jonas Weber'],
  expires: '2026-11-25T20:12:31.000Z',
  because: 'the policy asks a person before this control changes anything',
  link,
};

export const digest: Digest = {
  kind: 'standing',
  subscription: { id: '11111111-1111-4111-8111-111111111111', name: 'Research production' },
  link: 'https://leakstop.example/?state=awaiting-decision',
  subjects: Array.from({ length: 37 }, (_, index) =>
    cardSubject(controls, {
      ...(index % 3 === 0 ? networks : plainHttp),
      resource: `${account}${index}`,
      severity: (['low', 'medium', 'high', 'critical'] as const)[index % 4]!,
      exposure: index % 2 === 0 ? ('real' as const) : ('latent' as const),
    }),
  ),
};
