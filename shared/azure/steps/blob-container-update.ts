import type { BlobContainer } from '@azure/arm-storage';
import type { BlobContainerUpdate } from '../../contract/step.ts';
import { RemediationError } from '../../errors.ts';
import { ancestorOfType, parseResourceId } from '../../resource-id.ts';
import { callArm } from '../arm-context.ts';
import type { AzureClients } from '../clients.ts';
import type { StepExecutor } from '../../contract/executor.ts';
import { valuesAfter } from '../../contract/step.ts';

/** Writes through Resource Manager: the data plane's Set Container ACL would drop stored access policies. */
export function blobContainerUpdateExecutor(azure: AzureClients): StepExecutor<BlobContainerUpdate> {
  return {
    kind: 'blob-container-update',
    write: async (steps, requestId, until) => {
      const target = parseResourceId(steps[0]?.target ?? '');
      const account = ancestorOfType(target, 'Microsoft.Storage/storageAccounts');
      const body = toContainerBody(steps);
      const client = await azure.storage('remediate', target.subscriptionId);
      await callArm({
        until,
        requestId,
        what: `update "${target.text}"`,
        act: () =>
          client.blobContainers.update(target.resourceGroup ?? '', account?.name ?? '', target.name, body),
      });
    },
  };
}

/** @throws RemediationError `internal-error` for any property but the level of public access */
export function toContainerBody(steps: readonly BlobContainerUpdate[]): BlobContainer {
  const { publicAccess, ...others } = valuesAfter(steps);
  if (Object.keys(others).length > 0 || typeof publicAccess !== 'string') {
    throw new RemediationError(
      'internal-error',
      'Cannot write a container: only "properties.publicAccess" is a property of this step',
    );
  }
  return { publicAccess: publicAccess as NonNullable<BlobContainer['publicAccess']> };
}
