import type { ArmBody } from './arm-body.ts';
import { originOf } from './call.ts';

/** What Resource Manager tells everybody about the cloud it belongs to; undefined for any other path. */
export function cloudMetadata(url: URL, tenantId: string): ArmBody | undefined {
  if (url.pathname.toLowerCase() !== '/metadata/endpoints') {
    return undefined;
  }
  const origin = originOf(url);
  return {
    portal: `${origin}/portal`,
    authentication: {
      loginEndpoint: origin,
      audiences: ['https://management.core.windows.net/', 'https://management.azure.com/'],
      tenant: tenantId,
      identityProvider: 'AAD',
    },
    name: 'Leakstop',
    graph: `${origin}/graph`,
    graphAudience: `${origin}/graph`,
    resourceManager: origin,
    suffixes: { storage: 'core.windows.net', keyVaultDns: 'vault.azure.net' },
  };
}
