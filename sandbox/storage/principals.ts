import type { StorageService } from './storage-error.ts';

/** Object ids of the principals that hold a data role, for each service. */
export type StorageAssignments = Partial<Record<StorageService, readonly string[]>>;

/** Why a request is refused; undefined when it may pass. */
export type Refusal =
  | 'AuthorizationPermissionMismatch'
  | 'InvalidAuthenticationInfo'
  | 'KeyBasedAuthenticationNotPermitted'
  | undefined;

/** A call of a data service: `path` follows the account, without a query. */
export interface StorageCall {
  readonly method: string;
  readonly path: string;
}

/** The calls that a role covers: as narrow as a role on one table, container or queue, and its data actions. */
export type Covers = (call: StorageCall) => boolean;

/** Whether a token was really issued by the tenant, is meant for storage and has not expired. */
export type TokenCheck = (token: string) => Promise<boolean>;

/** Who may use which data service of which account. Whoever is not named may use none. */
export class StoragePrincipals {
  /** The calls that are covered, by account, service and object id. */
  readonly #allowed = new Map<string, Covers>();
  readonly #account: string;
  readonly #isGenuine: TokenCheck;

  /**
   * Assignments are those on `account`, which is also meant where none is named. Without a check of its own, tokens are
   * taken at their word; Azurite still looks at their life time.
   */
  constructor(
    assignments: StorageAssignments = {},
    isGenuine: TokenCheck = () => Promise.resolve(true),
    account = '',
  ) {
    this.#isGenuine = isGenuine;
    this.#account = account;
    for (const service of ['blobs', 'queues', 'tables'] as const) {
      assignments[service]?.forEach((objectId) => this.allow(service, objectId));
    }
  }

  /** Without `covers`: every call. */
  allow(
    service: StorageService,
    objectId: string,
    account = this.#account,
    covers: Covers = () => true,
  ): void {
    this.#allowed.set(rightOf(account, service, objectId), covers);
  }

  revoke(service: StorageService, objectId: string, account = this.#account): void {
    this.#allowed.delete(rightOf(account, service, objectId));
  }

  /** Judges a request by its Authorization header and by the call. */
  async refuses(
    service: StorageService,
    authorization: string | undefined,
    account = this.#account,
    call: StorageCall = { method: 'GET', path: '' },
  ): Promise<Refusal> {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
    if (token === undefined) {
      return 'KeyBasedAuthenticationNotPermitted';
    }
    if (!(await this.#isGenuine(token))) {
      return 'InvalidAuthenticationInfo';
    }
    const objectId = objectIdOf(token);
    const covers =
      objectId === undefined ? undefined : this.#allowed.get(rightOf(account, service, objectId));
    return covers?.(call) === true ? undefined : 'AuthorizationPermissionMismatch';
  }
}

function rightOf(account: string, service: StorageService, objectId: string): string {
  return `${account}/${service}/${objectId}`.toLowerCase();
}

function objectIdOf(token: string): string | undefined {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const { oid } = payload as { oid?: unknown };
    return typeof oid === 'string' ? oid.toLowerCase() : undefined;
  } catch {
    return undefined;
  }
}
