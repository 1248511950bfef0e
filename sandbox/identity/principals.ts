/** Somebody who can hold a token: a managed identity, an app registration or a person. */
export interface Principal {
  readonly objectId: string;
  readonly clientId: string;
  readonly displayName: string;
  readonly kind: 'ManagedIdentity' | 'ServicePrincipal' | 'User';
  /** People only. */
  readonly upn?: string;
  /** Managed identities only: ARM id of the identity resource. */
  readonly resourceId?: string;
  /** Object ids of the groups that it is in. */
  readonly groups?: readonly string[];
}

/** Everybody that the directory of the sandbox knows. */
export class PrincipalRegistry {
  #principals = new Map<string, Principal>();

  add(principal: Principal): Principal {
    this.#principals.set(principal.objectId.toLowerCase(), principal);
    return principal;
  }

  list(): readonly Principal[] {
    return [...this.#principals.values()];
  }

  /** Finds by object id, client id, display name, user principal name or resource id, without regard to case. */
  find(reference: string): Principal | undefined {
    const wanted = reference.toLowerCase();
    return this.list().find(({ objectId, clientId, displayName, upn, resourceId }) =>
      [objectId, clientId, displayName, upn, resourceId].some((name) => name?.toLowerCase() === wanted),
    );
  }
}
