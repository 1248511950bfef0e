import { account } from '../support/estate.ts';
import type { Deployed, KnownAccount } from '../e2e/deployed.ts';

/** A write that somebody made while Resource Manager may be out of our reach: the state after it, and its event. */
export function writeBehindOurBack(
  { cloud, subscription }: Deployed,
  { id, name }: KnownAccount,
  properties: Readonly<Record<string, unknown>> | undefined,
): void {
  if (properties !== undefined) {
    cloud.azure.arm.state.load(account(subscription, name, properties));
  }
  const correlationId = crypto.randomUUID();
  cloud.eventGrid.publish({
    time: new Date(),
    kind: 'write',
    outcome: 'Success',
    resourceId: id,
    operationName: 'Microsoft.Storage/storageAccounts/write',
    method: 'PATCH',
    url: `https://management.azure.com${id}?api-version=2025-06-01`,
    existed: true,
    claims: { appid: 'a-client', name: 'Ada' },
    evidence: { role: 'Contributor' },
    correlationId,
    clientRequestId: correlationId,
    clientIpAddress: '203.0.113.1',
    apiVersion: '2025-06-01',
    resource: cloud.azure.arm.state.get(id),
  });
}
