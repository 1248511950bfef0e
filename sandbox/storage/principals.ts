import { actsOf, type DataAct, type DataRequest } from './data-action.ts';
import type { StorageService } from './storage-error.ts';

/** Object ids of the principals that own all data of a service, for each service. */
export type StorageAssignments = Partial<Record<StorageService, readonly string[]>>;

/** The right to one action on one table, queue or container. */
export interface DataRight {
  readonly service: StorageService;
  /** Name of the table, queue or container. */
  readonly name: string;
  /** Such as `entities/read`, as Azure names it behind the type. */
  readonly action: string;
}

/** Why a request is refused. */
export type Refusal =
  'AuthorizationPermissionMismatch' | 'InvalidAuthenticationInfo' | 'KeyBasedAuthenticationNotPermitted';

/** The judgement of a request: refused, or allowed, perhaps only as long as it replaces nothing. */
export type Judgement =
  { readonly refusal: Refusal } | { readonly refusal: undefined; readonly onlyWhenNew: boolean };

/** Whether a token was really issued by the tenant, is meant for storage and has not expired. */
export type TokenCheck = (token: string) => Promise<boolean>;

/** Who may do what on which table, queue or container of which account. Whoever is not named may do nothing. */
export class StoragePrincipals {
  /** Texts of account, service, object id, name and action. */
  readonly #held = new Set<string>();
  readonly #used = new Set<string>();
  readonly #refused = new Set<string>();
  readonly #suspended = new Set<string>();
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

  /** Makes somebody the owner of all data of a service. */
  allow(service: StorageService, objectId: string, account = this.#account): void {
    this.#held.add(keyOf(account, objectId, { service, name: '*', action: '*' }));
  }

  /** Takes {@link allow} back. */
  revoke(service: StorageService, objectId: string, account = this.#account): void {
    this.#held.delete(keyOf(account, objectId, { service, name: '*', action: '*' }));
  }

  /** Gives one right. */
  grant(objectId: string, right: DataRight, account = this.#account): void {
    this.#held.add(keyOf(account, objectId, right));
  }

  /** Takes whatever somebody may do in a service, until {@link restore}. */
  suspend(service: StorageService, objectId: string, account = this.#account): void {
    this.#suspended.add(keyOf(account, objectId, { service, name: '*', action: '*' }));
  }

  restore(service: StorageService, objectId: string, account = this.#account): void {
    this.#suspended.delete(keyOf(account, objectId, { service, name: '*', action: '*' }));
  }

  /** What somebody did with the rights they hold, sorted: `tables ledger entities/read`. */
  usedBy(objectId: string, account = this.#account): readonly string[] {
    return ofPrincipal(this.#used, account, objectId);
  }

  /** What somebody asked for and was refused, in the same words; alternatives are joined by `or`. */
  refusedTo(objectId: string, account = this.#account): readonly string[] {
    return ofPrincipal(this.#refused, account, objectId);
  }

  /** Judges a request by its Authorization header and by what it asks for. */
  async judge(request: DataRequest): Promise<Judgement> {
    const token = /^Bearer (.+)$/.exec(headerOf(request, 'authorization') ?? '')?.[1];
    if (token === undefined) {
      return { refusal: 'KeyBasedAuthenticationNotPermitted' };
    }
    if (!(await this.#isGenuine(token))) {
      return { refusal: 'InvalidAuthenticationInfo' };
    }
    const objectId = objectIdOf(token);
    const [, account = this.#account] = request.url.split(/[/?]/);
    const acts = actsOf(request);
    if (objectId === undefined || acts.length === 0) {
      return { refusal: 'AuthorizationPermissionMismatch' };
    }
    const who = { account, objectId, service: request.service };
    const judged = acts.map((act) => this.#judgeAct(who, act));
    return judged.includes('no')
      ? { refusal: 'AuthorizationPermissionMismatch' }
      : { refusal: undefined, onlyWhenNew: judged.includes('when-new') };
  }

  #judgeAct(who: Caller, act: DataAct): 'yes' | 'when-new' | 'no' {
    const all = this.#firstHeld(who, act, act.anyOf);
    const held = all ?? this.#firstHeld(who, act, act.anyOfWhenNew ?? []);
    const name = act.on ?? '*';
    if (held === undefined) {
      const wanted = [...(act.anyOfWhenNew ?? []), ...act.anyOf].map((actions) => actions.join(' and '));
      const action = wanted.join(' or ');
      this.#refused.add(keyOf(who.account, who.objectId, { service: who.service, name, action }));
      return 'no';
    }
    for (const action of held) {
      this.#used.add(keyOf(who.account, who.objectId, { service: who.service, name, action }));
    }
    return all === undefined ? 'when-new' : 'yes';
  }

  #firstHeld(
    { account, objectId, service }: Caller,
    { on }: DataAct,
    alternatives: readonly (readonly string[])[],
  ): readonly string[] | undefined {
    const holds = (name: string, action: string): boolean =>
      this.#held.has(keyOf(account, objectId, { service, name, action }));
    if (this.#suspended.has(keyOf(account, objectId, { service, name: '*', action: '*' }))) {
      return undefined;
    }
    return holds('*', '*')
      ? alternatives[0]
      : alternatives.find((actions) => actions.every((action) => on !== undefined && holds(on, action)));
  }
}

interface Caller {
  readonly account: string;
  readonly objectId: string;
  readonly service: StorageService;
}

function keyOf(account: string, objectId: string, { service, name, action }: DataRight): string {
  return `${account} ${objectId} ${service} ${name} ${action}`.toLowerCase();
}

function ofPrincipal(keys: ReadonlySet<string>, account: string, objectId: string): readonly string[] {
  const start = `${account} ${objectId} `.toLowerCase();
  return [...keys]
    .filter((key) => key.startsWith(start))
    .map((key) => key.slice(start.length))
    .sort();
}

function headerOf({ headers }: DataRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
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
