/** At most `calls` within `seconds`. */
export interface Quota {
  readonly calls: number;
  readonly seconds: number;
}

/**
 * Read limits for one caller, as Microsoft publishes them.
 * Resource Manager: learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling.
 * Storage: learn.microsoft.com/azure/storage/common/scalability-targets-resource-provider.
 * Resource Graph: learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests.
 */
export const readQuotas = {
  /** Per subscription and principal: the rate at which a bucket of 250 refills. */
  resourceManager: { calls: 25, seconds: 1 },
  /** Per subscription and region of the resource, by namespace of the provider. */
  providers: {
    'microsoft.storage': { read: { calls: 800, seconds: 300 }, list: { calls: 100, seconds: 300 } },
  } as Readonly<Record<string, { readonly read: Quota; readonly list: Quota }>>,
  /** Per principal. */
  resourceGraph: { calls: 15, seconds: 5 },
} as const;

/** Pause between two calls that uses half of a quota: the other half is for events. */
export function halfPace({ calls, seconds }: Quota): number {
  return (2 * seconds * 1_000) / calls;
}
