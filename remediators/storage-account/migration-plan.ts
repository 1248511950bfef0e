import { propertyAt } from '../../shared/contract/property.ts';
import { type ArmResource } from '../../shared/contract/observation.ts';

/**
 * Instructions for a person who moves the data to a new account of the same kind and place. The new account keeps the
 * settings that only creation can set, and is in sync with every control from its first moment.
 */
export function migrationPlan(account: ArmResource): string {
  const { name } = account;
  const kind = wordAt(account, 'kind') ?? 'StorageV2';
  const location = wordAt(account, 'location') ?? '<location>';
  const sku = wordAt(account, 'sku.name') ?? '<sku>';
  const create = [
    `az storage account create --name <new name> --resource-group "${groupOf(account)}" --location "${location}"`,
    `--kind ${kind} --sku ${sku}`,
    ...onlyAtCreation(account),
    '--require-infrastructure-encryption true --https-only true --min-tls-version TLS1_2',
    '--allow-blob-public-access false --allow-shared-key-access false --public-network-access Disabled',
  ].join(' ');
  return [
    `1. Create a new account beside "${name}" (${kind}, ${sku}, ${location}): ${create}${hintOf(account)}`,
    `2. Give it the private endpoints, network rules, role assignments, diagnostic settings, lifecycle and retention policies, access tier and tags of "${name}". It refuses shared keys and public networks from the start: clients sign in, and come through the private endpoints.`,
    copying(account, kind),
    `4. Cut over in a quiet hour: stop the writers, copy once more with --overwrite=ifSourceNewer, compare counts and sizes, point clients to <new name>, start them.`,
    `5. Keep "${name}" read-only for as long as going back must be possible, and watch its metrics until no client reads it.`,
    `6. Delete "${name}". Its name may stay taken for a while, so do not plan to use it again.`,
    ...(kind === 'FileStorage'
      ? []
      : [
          `If "${name}" must stay, an encryption scope with infrastructure encryption protects blobs written from then on.`,
        ]),
  ].join('\n');
}

/**
 * Options for the settings of an account that no update takes. `isHnsEnabled`, `isNfsV3Enabled`,
 * `immutableStorageWithVersioning` and `extendedLocation` are such settings by the OpenAPI file of Microsoft.Storage;
 * the types of endpoints and of encryption keys for tables and queues by their documentation. Large file shares can
 * be turned on later, but by then copying has begun without them.
 * https://learn.microsoft.com/azure/storage/common/account-encryption-key-create
 * https://learn.microsoft.com/azure/storage/common/storage-account-overview#azure-dns-zone-endpoints-preview
 */
function onlyAtCreation(account: ArmResource): readonly string[] {
  const is = (path: string, wanted: unknown): boolean => {
    const property = propertyAt(account, `properties.${path}`);
    return property.kind === 'value' && property.value === wanted;
  };
  const edgeZone = wordAt(account, 'extendedLocation.name');
  return [
    ...(edgeZone === undefined ? [] : [`--edge-zone "${edgeZone}"`]),
    ...(is('dnsEndpointType', 'AzureDnsZone') ? ['--dns-endpoint-type AzureDnsZone'] : []),
    ...(is('isHnsEnabled', true) ? ['--enable-hierarchical-namespace true'] : []),
    ...(is('isNfsV3Enabled', true) ? ['--enable-nfs-v3 true'] : []),
    ...(is('largeFileSharesState', 'Enabled') ? ['--enable-large-file-share'] : []),
    ...(is('immutableStorageWithVersioning.enabled', true) ? ['--enable-alw true'] : []),
    ...(['table', 'queue'] as const)
      .filter((service) => is(`encryption.services.${service}.keyType`, 'Account'))
      .map((service) => `--encryption-key-type-for-${service} Account`),
  ];
}

function hintOf(account: ArmResource): string {
  return wordAt(account, 'properties.dnsEndpointType') === 'AzureDnsZone'
    ? ' (the Azure CLI has --dns-endpoint-type in its extension: az extension add --name storage-preview)'
    : '';
}

function copying(account: ArmResource, kind: string): string {
  if (kind === 'FileStorage') {
    const [from, to] = endpointsOf(account, 'file');
    return `3. Create each file share anew with its protocol and size, which a share keeps for life, and copy it with AzCopy while clients keep writing: azcopy copy "${from}/<share>" "${to}/<share>" --recursive.${whereEndpointsAre(from, to)}`;
  }
  const [from, to] = endpointsOf(account, 'blob');
  return `3. Copy the containers with AzCopy while clients keep writing: azcopy copy "${from}" "${to}" --recursive. Copy file shares, queues and tables too where they are used.${whereEndpointsAre(from, to)}`;
}

/**
 * The endpoint of the account and that of the new one. Accounts in DNS zones, edge zones and sovereign clouds have
 * other hosts than `core.windows.net`. The zone of a new account is known only once the account exists.
 */
function endpointsOf(account: ArmResource, service: 'blob' | 'file'): readonly [string, string] {
  const property = propertyAt(account, `properties.primaryEndpoints.${service}`);
  const url = property.kind === 'value' && typeof property.value === 'string' ? property.value : '';
  const host = /^https:\/\/([a-z0-9.-]{1,253})\/?$/i.exec(url)?.[1];
  const unknown = (name: string) => `<${service} endpoint of ${name}>`;
  if (host === undefined) {
    return [unknown(word(account.name) ?? '<name>'), unknown('the new account')];
  }
  const suffix = host.startsWith(`${account.name}.`) ? host.slice(account.name.length + 1) : undefined;
  const isInZone = suffix === undefined || /(^|\.)z\d+\./i.test(suffix);
  return [`https://${host}`, isInZone ? unknown('the new account') : `https://<new name>.${suffix}`];
}

function whereEndpointsAre(...endpoints: readonly string[]): string {
  return endpoints.some((endpoint) => endpoint.startsWith('<'))
    ? ' Endpoints, to be used without the slash at their end: az storage account show --name <name> --query primaryEndpoints'
    : '';
}

function groupOf({ id }: ArmResource): string {
  return word(/\/resourcegroups\/([^/]+)/i.exec(id)?.[1]) ?? '<resource group>';
}

function wordAt(account: ArmResource, path: string): string | undefined {
  const property = propertyAt(account, path);
  return property.kind === 'value' && typeof property.value === 'string' ? word(property.value) : undefined;
}

/** A text that is safe in a command line. Undefined for anything but one of Azure's names: the person fills it in. */
function word(text: string | undefined): string | undefined {
  return text !== undefined && /^[\p{L}\p{N}._() -]{1,90}$/u.test(text) ? text : undefined;
}
