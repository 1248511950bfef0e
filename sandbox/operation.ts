/** One write that Resource Manager finished, as it tells the rest of the sandbox. */
export interface Operation {
  /** When it finished. */
  readonly time: Date;
  readonly kind: 'write' | 'delete' | 'action';
  readonly outcome: 'Success' | 'Failure' | 'Cancel';
  /** Id of the resource in the spelling of the request. */
  readonly resourceId: string;
  /** Such as `Microsoft.Storage/storageAccounts/write`. */
  readonly operationName: string;
  readonly method: string;
  readonly url: string;
  /** Whether the resource was there before. */
  readonly existed: boolean;
  /** Claims of the caller's token, under the names that Azure uses in events. */
  readonly claims: Readonly<Record<string, string>>;
  /** Evidence of the role assignment that allowed it. */
  readonly evidence: Readonly<Record<string, string>>;
  readonly correlationId: string;
  readonly clientRequestId: string | undefined;
  readonly clientIpAddress: string;
  readonly apiVersion: string;
  /** The resource after it; undefined after a delete and for an action. */
  readonly resource: Readonly<Record<string, unknown>> | undefined;
}
