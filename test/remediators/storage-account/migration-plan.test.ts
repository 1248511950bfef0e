import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { catalogue } from '../../../remediators/index.ts';
import { storageAccountInfrastructureEncryption as control } from '../../../remediators/storage-account-infrastructure-encryption.ts';
import type { ArmResource } from '../../../shared/contract/observation.ts';
import type { Json, JsonObject } from '../../../shared/contract/json.ts';
import { withValue } from '../../support/arm-change.ts';
import selected from '../../fixtures/recorded/storage-accounts.json' with { type: 'json' };

/** What each option of `az storage account create` sets, and to what where it stands alone. */
const options: Readonly<Record<string, { readonly path: string; readonly alone?: Json }>> = {
  '--location': { path: 'location' },
  '--kind': { path: 'kind' },
  '--sku': { path: 'sku.name' },
  '--edge-zone': { path: 'extendedLocation.name' },
  '--dns-endpoint-type': { path: 'properties.dnsEndpointType' },
  '--enable-hierarchical-namespace': { path: 'properties.isHnsEnabled' },
  '--enable-nfs-v3': { path: 'properties.isNfsV3Enabled' },
  '--enable-large-file-share': { path: 'properties.largeFileSharesState', alone: 'Enabled' },
  '--enable-alw': { path: 'properties.immutableStorageWithVersioning.enabled' },
  '--encryption-key-type-for-table': { path: 'properties.encryption.services.table.keyType' },
  '--encryption-key-type-for-queue': { path: 'properties.encryption.services.queue.keyType' },
  '--require-infrastructure-encryption': { path: 'properties.encryption.requireInfrastructureEncryption' },
  '--https-only': { path: 'properties.supportsHttpsTrafficOnly' },
  '--min-tls-version': { path: 'properties.minimumTlsVersion' },
  '--allow-blob-public-access': { path: 'properties.allowBlobPublicAccess' },
  '--allow-shared-key-access': { path: 'properties.allowSharedKeyAccess' },
  '--public-network-access': { path: 'properties.publicNetworkAccess' },
  '--name': { path: 'name' },
  '--resource-group': { path: 'resourceGroup' },
};

/** Settings that an account keeps for life, from the OpenAPI file of Microsoft.Storage and its documentation. */
const kept = [
  'extendedLocation.name',
  'properties.dnsEndpointType',
  'properties.isHnsEnabled',
  'properties.isNfsV3Enabled',
  'properties.largeFileSharesState',
  'properties.immutableStorageWithVersioning.enabled',
  'properties.encryption.services.table.keyType',
  'properties.encryption.services.queue.keyType',
];
/** What Azure makes of it when creation does not say. */
const defaults: readonly Json[] = [false, 'Standard', 'Disabled', 'Service'];

function planOf(body: ArmResource): string {
  const observation = { resource: body, root: body, isComplete: true };
  const finding = control.detect(observation);
  if (finding.kind !== 'drifted') {
    throw new Error(`Expected a drift, found ${finding.kind}`);
  }
  const plan = control.plan(observation, finding);
  return plan.kind === 'not-offered' ? plan.guidance : '';
}

/** The account that the command of a plan makes. */
function madeBy(guidance: string): ArmResource {
  const command = /az storage account create (.*?)(?: \(the|$)/m.exec(guidance)?.[1] ?? '';
  const words = [...command.matchAll(/"([^"]*)"|<[^>]*>|\S+/g)].map(([text, quoted]) => quoted ?? text);
  let body: JsonObject = {
    id: 'new',
    name: 'new',
    type: 'Microsoft.Storage/storageAccounts',
    properties: {},
  };
  for (let at = 0; at < words.length; at += 1) {
    const { path, alone } = options[words[at]!]!;
    const next = alone ?? words[(at += 1)]!;
    const value = next === 'true' ? true : next === 'false' ? false : next;
    body = withValue(body as ArmResource, path, value);
  }
  return body as ArmResource;
}

function at(body: JsonObject, path: string): Json | undefined {
  return path
    .split('.')
    .reduce<Json | undefined>((value, name) => (value as JsonObject | undefined)?.[name], body);
}

function expectToFit(body: ArmResource): void {
  const guidance = planOf(body);
  const made = madeBy(guidance);
  for (const { meta, detect } of catalogue.filter(({ meta: { part } }) => part === 'storage-account')) {
    const finding = detect({ resource: made, root: made, isComplete: true });
    expect({ control: meta.id, kind: finding.kind }).toEqual({ control: meta.id, kind: 'in-sync' });
  }
  for (const path of kept) {
    const value = at(body, path);
    if (value !== undefined && value !== null && !defaults.includes(value)) {
      expect({ path, value: at(made, path) }).toEqual({ path, value });
    }
  }
  const service = body.kind === 'FileStorage' ? 'file' : 'blob';
  const endpoint = at(body, `properties.primaryEndpoints.${service}`);
  if (typeof endpoint === 'string') {
    expect(guidance).toContain(`azcopy copy "${endpoint.replace(/\/$/, '')}`);
  }
}

const base: ArmResource = {
  id: '/subscriptions/s/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/weights',
  name: 'weights',
  type: 'Microsoft.Storage/storageAccounts',
  location: 'westeurope',
  kind: 'StorageV2',
  sku: { name: 'Standard_LRS' },
  properties: { primaryEndpoints: { blob: 'https://weights.blob.core.windows.net/' } },
};

describe('the new account of a migration plan', () => {
  test('is in sync with every control, and keeps whatever only creation can set', () => {
    const on = (value: Json) => fc.option(fc.constant(value), { nil: undefined });
    const settings = fc.tuple(
      on('edgezone1'),
      on('AzureDnsZone'),
      on(true),
      on(true),
      on('Enabled'),
      on(true),
      on('Account'),
      on('Account'),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('StorageV2', 'BlockBlobStorage', 'FileStorage'),
        settings,
        (kind, values) => {
          const body = values.reduce<ArmResource>(
            (made, value, index) => (value === undefined ? made : withValue(made, kept[index]!, value)),
            { ...base, kind },
          );
          expectToFit(body);
        },
      ),
    );
  });

  test.each([
    ['public', 'https://weights.blob.core.windows.net/', 'https://<new name>.blob.core.windows.net'],
    ['China', 'https://weights.blob.core.chinacloudapi.cn/', 'https://<new name>.blob.core.chinacloudapi.cn'],
    ['a DNS zone', 'https://weights.z7.blob.storage.azure.net/', '<blob endpoint of the new account>'],
    [
      'an edge zone',
      'https://weights.blob.lab1.edgestorage.azure.net/',
      'https://<new name>.blob.lab1.edgestorage.azure.net',
    ],
  ])('in %s is copied from where the account answers to where the new one will', (_, blob, target) => {
    const guidance = planOf(withValue(base, 'properties.primaryEndpoints.blob', blob));
    expect(guidance).toContain(`azcopy copy "${blob.replace(/\/$/, '')}" "${target}`);
  });

  test('takes nothing into a command line that is no name of Azure', () => {
    const hostile = '$(curl evil)";`x`';
    const body = {
      ...base,
      id: base.id.replace('rg-data', hostile),
      location: hostile,
      kind: hostile,
      sku: { name: hostile },
      extendedLocation: { name: hostile },
      properties: { primaryEndpoints: { blob: `https://weights.blob.core.windows.net/${hostile}` } },
    };
    expect(planOf(body)).not.toContain('curl');
  });
});

const recordings = '../shared/data/recorded/storageAccounts.jsonl';
test.each([
  ['the selected answers', () => (selected as readonly { body: ArmResource }[]).map(({ body }) => body)],
  [
    `all recorded answers (none without ${recordings})`,
    () =>
      existsSync(recordings)
        ? readFileSync(recordings, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as { kind: string; body: ArmResource })
            .filter(({ kind }) => kind === 'recorded')
            .map(({ body }) => body)
        : [],
  ],
])('migration plans of %s fit', (_, bodies) => {
  for (const body of bodies()) {
    const finding = control.detect({ resource: body, root: body, isComplete: true });
    if (finding.kind === 'drifted') {
      expectToFit(body);
    }
  }
});
