import type { Principal } from './principals.ts';

/** An app that people sign in to, as it is registered in the directory. */
export interface AppRegistration {
  readonly clientId: string;
  readonly displayName: string;
  readonly redirectUris: readonly string[];
  /** Object id of the managed identity whose tokens stand for a secret of the app. */
  readonly federatedIdentity: string;
  /** App roles that principals were assigned, by object id in lower case. */
  readonly assignments: ReadonlyMap<string, readonly string[]>;
}

/** The apps that the directory knows. */
export class AppRegistrations {
  readonly #apps = new Map<
    string,
    AppRegistration & { readonly assignments: Map<string, readonly string[]> }
  >();

  register(app: Omit<AppRegistration, 'assignments'>): AppRegistration {
    const registration = { ...app, assignments: new Map<string, readonly string[]>() };
    this.#apps.set(app.clientId.toLowerCase(), registration);
    return registration;
  }

  /** Finds by client id, or by `api://<client id>`, with or without a slash at the end. */
  find(reference: string): AppRegistration | undefined {
    return this.#apps.get(
      reference
        .toLowerCase()
        .replace(/^api:\/\//, '')
        .replace(/\/+$/, ''),
    );
  }

  /** Gives a principal these roles of an app instead of those that it had. @throws Error for an app that is not there */
  assign(clientId: string, { objectId }: Principal, roles: readonly string[]): void {
    const app = this.#apps.get(clientId.toLowerCase());
    if (app === undefined) {
      throw new Error(`Cannot assign roles: no app "${clientId}" is registered`);
    }
    app.assignments.set(objectId.toLowerCase(), roles);
  }
}
