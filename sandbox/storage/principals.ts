import type { StorageService } from './storage-error.ts';

/** Object ids of the principals that hold a data role, for each service. */
export type StorageAssignments = Partial<Record<StorageService, readonly string[]>>;

/** Why a request is refused; undefined when it may pass. */
export type Refusal =
  | 'AuthorizationPermissionMismatch'
  | 'InvalidAuthenticationInfo'
  | 'KeyBasedAuthenticationNotPermitted'
  | undefined;

/** Whether a token was really issued by the tenant, is meant for storage and has not expired. */
export type TokenCheck = (token: string) => Promise<boolean>;

/** Who may use which data service. Whoever is not named may use none. */
export class StoragePrincipals {
  readonly #allowed = new Map<StorageService, Set<string>>();
  readonly #isGenuine: TokenCheck;

  /** Without a check of its own, tokens are taken at their word; Azurite still looks at their life time. */
  constructor(assignments: StorageAssignments = {}, isGenuine: TokenCheck = () => Promise.resolve(true)) {
    this.#isGenuine = isGenuine;
    for (const service of ['blobs', 'queues', 'tables'] as const) {
      this.#allowed.set(service, new Set(assignments[service]?.map((id) => id.toLowerCase())));
    }
  }

  allow(service: StorageService, objectId: string): void {
    this.#allowed.get(service)?.add(objectId.toLowerCase());
  }

  revoke(service: StorageService, objectId: string): void {
    this.#allowed.get(service)?.delete(objectId.toLowerCase());
  }

  /** Judges a request by its Authorization header. */
  async refuses(service: StorageService, authorization: string | undefined): Promise<Refusal> {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
    if (token === undefined) {
      return 'KeyBasedAuthenticationNotPermitted';
    }
    if (!(await this.#isGenuine(token))) {
      return 'InvalidAuthenticationInfo';
    }
    const objectId = objectIdOf(token);
    const isAllowed = objectId !== undefined && this.#allowed.get(service)?.has(objectId) === true;
    return isAllowed ? undefined : 'AuthorizationPermissionMismatch';
  }
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
