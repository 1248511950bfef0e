import { z } from 'zod';
import { defineRemediator } from '../shared/contract/remediator.ts';
import { readView } from '../shared/contract/property.ts';
import { type Plan } from '../shared/contract/change.ts';
import { changeProperties } from './property/change-properties.ts';
import { judgeProperty } from './property/judge-property.ts';

const PrivateEndpointConnection = z.object({
  properties: z
    .object({ privateLinkServiceConnectionState: z.object({ status: z.string().nullish() }).nullish() })
    .nullish(),
});

const StorageAccount = z.object({
  properties: z.object({
    publicNetworkAccess: z.string().nullish(),
    networkAcls: z.object({ defaultAction: z.string().nullish() }).nullish(),
    privateEndpointConnections: z.array(PrivateEndpointConnection).nullish(),
  }),
});

const path = 'properties.publicNetworkAccess';
const impact =
  'Whoever does not come through a private endpoint is cut off, allowed addresses and subnets included: apps without network integration, hosted build agents, the portal, static websites and logs that other services write here. Trusted Azure services and resource instance rules keep their way in.';

export const storageAccountPublicNetworkAccess = defineRemediator({
  meta: {
    id: 'storage-account-public-network-access',
    title: 'Storage account refuses traffic from public networks',
    drift: {
      seen: { Enabled: 'answers on public networks' },
      absent: 'answers on public networks: nothing is set that refuses them',
      otherwise: 'does not refuse public networks: the setting is {value}',
    },
    observes: 'storage-account',
    part: 'storage-account',
    severity: 'high',
    defaultMode: 'approve',
    writes: [path],
    permissions: {
      observe: ['Microsoft.Storage/storageAccounts/read'],
      remediate: ['Microsoft.Storage/storageAccounts/write'],
    },
    rationale:
      'A leaked key or token opens the data from anywhere in the world while the account answers there.',
    impact,
    reversible: true,
    references: {
      policy: 'b2982f36-99f2-4db5-8eff-283140c09693',
      mcsb: 'NS-2 (v2 preview)',
      cis: 'v3.0.0 4.6',
      docs: [
        'https://learn.microsoft.com/azure/storage/common/storage-network-security',
        'https://learn.microsoft.com/azure/storage/common/storage-private-endpoints',
      ],
    },
  },

  detect: (observation) => {
    const { properties } = readView(StorageAccount, observation.resource);
    const finding = judgeProperty(observation, {
      path,
      good: 'Disabled',
      // A network security perimeter then decides instead of the account's own rules.
      isGood: (value) => value === 'Disabled' || value === 'SecuredByPerimeter',
    });
    return finding.kind === 'drifted' && properties.networkAcls?.defaultAction === 'Deny'
      ? { ...finding, severity: 'medium' }
      : finding;
  },

  plan: (observation, drift) => {
    const { properties } = readView(StorageAccount, observation.resource);
    const connections = properties.privateEndpointConnections ?? [];
    return connections.some(isApproved)
      ? changeProperties('storage-account-update', observation, drift, {
          impact,
          whenAbsent: {
            value: 'Enabled',
            note: 'The property was absent, which Azure reads as Enabled: undo writes Enabled',
          },
        })
      : withoutPrivateEndpoint(observation.resource.name);
  },
});

function isApproved({ properties }: z.infer<typeof PrivateEndpointConnection>): boolean {
  return properties?.privateLinkServiceConnectionState?.status === 'Approved';
}

function withoutPrivateEndpoint(name: string): Plan {
  return {
    kind: 'not-offered',
    reason: 'The account has no approved private endpoint: nobody could reach it any more',
    guidance: [
      `1. Create a private endpoint to "${name}" for each service that is used (blob, dfs, file, queue, table, web) in the network of its clients.`,
      '2. Approve the connections on the account, under Networking.',
      '3. Link the private DNS zones, such as privatelink.blob.core.windows.net, to that network, and see that clients resolve the account to a private address.',
      '4. Meanwhile set the default action of the firewall to Deny and allow only the networks that are known.',
      '5. With an approved connection the change is offered at the next look.',
    ].join('\n'),
  };
}
