import type { JWTPayload } from 'jose';
import type { Principal } from '../identity/principals.ts';
import type { ArmBody } from './arm-body.ts';
import type { ArmPath } from './arm-path.ts';
import type { ResourceType } from './resource-type.ts';

/** Who calls: the principal of the token and the token's claims. */
export interface Caller {
  readonly principal: Principal;
  readonly claims: JWTPayload;
}

/** One call, read and allowed. */
export interface Call {
  readonly method: string;
  /** As the client addressed it. */
  readonly url: URL;
  readonly path: ArmPath;
  readonly apiVersion: string;
  readonly type: ResourceType;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Empty where the request had none. */
  readonly body: ArmBody;
  readonly caller: Caller;
  /** Such as `Microsoft.Storage/storageAccounts/write`. */
  readonly operation: string;
  readonly evidence: Readonly<Record<string, string>>;
  readonly correlationId: string;
  readonly clientIpAddress: string;
  readonly now: number;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: ArmBody;
}

/** Prefix of absolute URLs in answers. */
export function originOf(url: URL): string {
  return `${url.protocol}//${url.host}`;
}
