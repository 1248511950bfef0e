import type { ArmBody } from '../arm-body.ts';
import { member, text } from '../arm-body.ts';
import { nameOf } from '../arm-path.ts';
import type { Write } from '../resource-type.ts';
import { placesOf } from './storage-account-endpoints.ts';

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

/** Fills in what the service derives from what was asked for; leaves alone what was not, absent members too. */
export function settleStorageAccount(merged: ArmBody, { now, request, current }: Write): ArmBody {
  const properties = member(merged, 'properties');
  const asked = member(request, 'properties');
  const isAsked = (name: string) => current === undefined || asked[name] != null;
  const isPlaced =
    current === undefined || [request.sku, request.kind, asked.routingPreference].some((one) => one != null);
  return {
    ...merged,
    ...(current === undefined || request.sku != null ? { sku: withTier(member(merged, 'sku')) } : {}),
    ...(request.identity == null ? {} : { identity: settleIdentity(merged, current?.body) }),
    properties: {
      ...(isPlaced ? placesOf(merged) : properties),
      ...(isAsked('networkAcls')
        ? { networkAcls: settleNetworkAcls(member(properties, 'networkAcls')) }
        : {}),
      ...(isAsked('encryption')
        ? {
            encryption: settleEncryption(
              member(properties, 'encryption'),
              azureTime(now),
              current === undefined,
            ),
          }
        : {}),
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

/** A service that begins to be encrypted is given the time; the key of a vault is named only while it is used. */
function settleEncryption(encryption: ArmBody, time: string, isNew: boolean): ArmBody {
  const { keyvaultproperties, services: asked, ...rest } = encryption;
  const known = member({ asked }, 'asked');
  const names = new Set([...(isNew ? ['file', 'blob'] : []), ...Object.keys(known)]);
  const settled = [...names].map((name) => {
    const service = member(known, name);
    const defaults = { ...(isNew ? { keyType: 'Account' } : {}), enabled: true, lastEnabledTime: time };
    return [name, { ...defaults, ...service }] as const;
  });
  const isVaultUsed = text(encryption, 'keySource').toLowerCase() === 'microsoft.keyvault';
  return {
    ...rest,
    ...(isVaultUsed && keyvaultproperties !== undefined ? { keyvaultproperties } : {}),
    services: Object.fromEntries(settled),
  };
}

/** Identities named before stay unless the request takes them away with null; the directory gives the ids. */
function settleIdentity(merged: ArmBody, before: ArmBody | undefined): ArmBody {
  const asked = member(merged, 'identity');
  const type = text(asked, 'type');
  const held = member(before, 'identity');
  const assigned = Object.entries({
    ...member(held, 'userAssignedIdentities'),
    ...member(asked, 'userAssignedIdentities'),
  }).filter(([, identity]) => identity !== null);
  const settled = assigned.map(([id, identity]) => [
    id,
    { principalId: crypto.randomUUID(), clientId: crypto.randomUUID(), ...(identity as ArmBody) },
  ]);
  return {
    ...(type.includes('SystemAssigned')
      ? {
          principalId: held.principalId ?? crypto.randomUUID(),
          tenantId: held.tenantId ?? crypto.randomUUID(),
        }
      : {}),
    type,
    ...(type.includes('UserAssigned')
      ? { userAssignedIdentities: Object.fromEntries(settled) as ArmBody }
      : {}),
  };
}
