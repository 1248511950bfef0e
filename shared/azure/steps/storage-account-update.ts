import type { StorageAccountUpdateParameters } from '@azure/arm-storage';
import type { StorageAccountUpdate } from '../../contract/step.ts';
import { RemediationError } from '../../errors.ts';
import { parseResourceId } from '../../resource-id.ts';
import { callArm } from '../arm-context.ts';
import type { AzureClients } from '../clients.ts';
import type { StepExecutor } from '../../contract/executor.ts';
import { valuesAfter } from '../../contract/step.ts';

/** The SDK's name for each of Azure's property names. Scalars only: a PATCH would replace an object whole. */
const sdkNames: Readonly<Record<string, keyof StorageAccountUpdateParameters>> = {
  allowBlobPublicAccess: 'allowBlobPublicAccess',
  supportsHttpsTrafficOnly: 'enableHttpsTrafficOnly',
  minimumTlsVersion: 'minimumTlsVersion',
  publicNetworkAccess: 'publicNetworkAccess',
  allowSharedKeyAccess: 'allowSharedKeyAccess',
};

/** The body under the SDK's names. @throws RemediationError `internal-error` for a property that no step may write */
export function toUpdateParameters(steps: readonly StorageAccountUpdate[]): StorageAccountUpdateParameters {
  const entries = Object.entries(valuesAfter(steps)).map(([name, value]) => {
    const sdkName = sdkNames[name];
    if (sdkName === undefined || typeof value === 'object') {
      throw new RemediationError(
        'internal-error',
        `Cannot write "properties.${name}" of a storage account: not a property of this step`,
      );
    }
    return [sdkName, value] as const;
  });
  return Object.fromEntries(entries);
}

/** Azure honours no If-Match on storage accounts, so the engine reads before and after. */
export function storageAccountUpdateExecutor(azure: AzureClients): StepExecutor<StorageAccountUpdate> {
  return {
    kind: 'storage-account-update',
    write: async (steps, requestId, until) => {
      const target = parseResourceId(steps[0]?.target ?? '');
      const client = await azure.storage('remediate', target.subscriptionId);
      const parameters = toUpdateParameters(steps);
      await callArm({
        until,
        requestId,
        what: `update "${target.text}"`,
        act: () => client.storageAccounts.update(target.resourceGroup ?? '', target.name, parameters),
      });
    },
  };
}
