import type { ArmBody } from '../arm-body.ts';
import { member, text } from '../arm-body.ts';
import { nameOf } from '../arm-path.ts';
import type { Write } from '../resource-type.ts';

const services = ['dfs', 'web', 'blob', 'queue', 'table', 'file'] as const;

/** Region that geo-redundant accounts are copied to; accounts elsewhere name none. */
const pairedRegions: Readonly<Record<string, string>> = {
  eastus: 'westus',
  westus: 'eastus',
  eastus2: 'centralus',
  centralus: 'eastus2',
  westus2: 'westcentralus',
  westcentralus: 'westus2',
  northeurope: 'westeurope',
  westeurope: 'northeurope',
  southcentralus: 'northcentralus',
  northcentralus: 'southcentralus',
  eastus2euap: 'centraluseuap',
  centraluseuap: 'eastus2euap',
};

/** A new account as Azure makes it today, before what the request asks for. */
export function newStorageAccount({ id, request, now }: Write): ArmBody {
  const time = azureTime(now);
  const location = text(request, 'location').replaceAll(' ', '').toLowerCase();
  return {
    sku: { name: 'Standard_RAGRS' },
    kind: 'StorageV2',
    id,
    name: nameOf(id),
    type: 'Microsoft.Storage/storageAccounts',
    location,
    tags: {},
    properties: {
      keyCreationTime: { key1: time, key2: time },
      allowCrossTenantReplication: false,
      privateEndpointConnections: [],
      minimumTlsVersion: 'TLS1_2',
      allowBlobPublicAccess: false,
      networkAcls: emptyNetworkAcls,
      supportsHttpsTrafficOnly: true,
      encryption: { services: {}, keySource: 'Microsoft.Storage' },
      accessTier: 'Hot',
      provisioningState: 'Succeeded',
      creationTime: time,
      primaryLocation: location,
      statusOfPrimary: 'available',
    },
  };
}

const emptyNetworkAcls = {
  bypass: 'AzureServices',
  virtualNetworkRules: [],
  ipRules: [],
  defaultAction: 'Allow',
};

/** Fills in what the service derives: tier, endpoints, the paired region, the times of encrypted services. */
export function settleStorageAccount(merged: ArmBody, { now, request }: Write): ArmBody {
  const properties = member(merged, 'properties');
  const asked = member(request, 'properties');
  return {
    ...merged,
    sku: withTier(member(merged, 'sku')),
    properties: {
      ...properties,
      ...(asked.networkAcls == null
        ? {}
        : { networkAcls: settleNetworkAcls(member(properties, 'networkAcls')) }),
      encryption: settleEncryption(member(properties, 'encryption'), azureTime(now)),
      ...endpoints(text(merged, 'name'), properties, text(member(merged, 'sku'), 'name')),
    },
  };
}

/** A time as the storage provider writes it. */
export function azureTime(now: number): string {
  return new Date(now).toISOString().replace('Z', '0000Z');
}

function withTier(sku: ArmBody): ArmBody {
  return { ...sku, tier: text(sku, 'name').startsWith('Premium') ? 'Premium' : 'Standard' };
}

function settleNetworkAcls(acls: ArmBody): ArmBody {
  const state = (rules: unknown) =>
    Array.isArray(rules)
      ? rules.map((rule: ArmBody) => ({
          action: 'Allow',
          ...rule,
          ...('id' in rule ? { state: 'Succeeded' } : {}),
        }))
      : [];
  return {
    ...emptyNetworkAcls,
    ...acls,
    virtualNetworkRules: state(acls.virtualNetworkRules),
    ipRules: state(acls.ipRules),
  };
}

/** Blob and file are always encrypted; a service is given the time at which it began to be. */
function settleEncryption(encryption: ArmBody, time: string): ArmBody {
  const asked = member(encryption, 'services');
  const names = new Set(['file', 'blob', ...Object.keys(asked)]);
  const settled = [...names].map((name) => {
    const service = member(asked, name);
    return [name, { keyType: 'Account', enabled: true, lastEnabledTime: time, ...service }] as const;
  });
  return { ...encryption, services: Object.fromEntries(settled) };
}

function endpoints(name: string, properties: ArmBody, sku: string): ArmBody {
  const secondary =
    sku.includes('GRS') || sku.includes('GZRS')
      ? pairedRegions[text(properties, 'primaryLocation')]
      : undefined;
  return {
    primaryEndpoints: properties.primaryEndpoints ?? endpointsOf(name),
    ...(secondary === undefined || properties.secondaryLocation !== undefined
      ? {}
      : { secondaryLocation: secondary, statusOfSecondary: 'available' }),
    ...(sku.includes('RAG') && secondary !== undefined && properties.secondaryEndpoints === undefined
      ? {
          secondaryEndpoints: endpointsOf(
            `${name}-secondary`,
            services.filter((service) => service !== 'file'),
          ),
        }
      : {}),
  };
}

function endpointsOf(name: string, of: readonly string[] = services): ArmBody {
  return Object.fromEntries(
    of.map((service) => [
      service,
      `https://${name}.${service === 'web' ? 'z6.web' : service}.core.windows.net/`,
    ]),
  );
}
