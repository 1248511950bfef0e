import { randomUUID } from 'node:crypto';
import type { Principal, PrincipalRegistry } from '../identity/principals.ts';

/** What a role allows: actions with `*` for any text, less the ones of `notActions`. */
export interface RoleDefinition {
  readonly name: string;
  readonly actions: readonly string[];
  readonly notActions?: readonly string[];
  /** Kept and shown; the services behind Resource Manager have grants of their own. */
  readonly dataActions?: readonly string[];
  readonly notDataActions?: readonly string[];
  /** Made where absent. */
  readonly id?: string;
  readonly description?: string;
  readonly assignableScopes?: readonly string[];
  readonly isBuiltIn?: boolean;
}

export type StoredDefinition = RoleDefinition & { readonly id: string };

export interface RoleAssignment {
  readonly principalObjectId: string;
  /** Name of a role definition. */
  readonly role: string;
  /** Id of a subscription, a group or a resource; `/` for everything. */
  readonly scope: string;
}

export type StoredAssignment = RoleAssignment & {
  readonly id: string;
  /** What else a caller said when it assigned the role through Resource Manager, and what that noted. */
  readonly noted?: Readonly<Record<string, unknown>>;
};

/** The role definitions and assignments in force. Changes hold from the next call on. */
export class RoleBook {
  #definitions = new Map<string, StoredDefinition>();
  #assignments: StoredAssignment[] = [];
  #withheld: { role: string; action: string }[] = [];
  readonly #principals: PrincipalRegistry;

  constructor(principals: PrincipalRegistry) {
    this.#principals = principals;
  }

  /** Adds a role, or replaces the one of that name. */
  define(definition: RoleDefinition): StoredDefinition {
    const key = definition.name.toLowerCase();
    const id = definition.id ?? this.#definitions.get(key)?.id ?? randomUUID();
    const stored = { ...definition, id };
    this.#definitions.set(key, stored);
    return stored;
  }

  /** Takes a definition away by its id; its assignments allow nothing from then on. */
  undefine(id: string): boolean {
    const found = this.definition(id);
    return found !== undefined && this.#definitions.delete(found.name.toLowerCase());
  }

  /** The definition of an id or a name. */
  definition(reference: string): StoredDefinition | undefined {
    const wanted = reference.toLowerCase();
    return this.#definitions.get(wanted) ?? this.roles().find(({ id }) => id.toLowerCase() === wanted);
  }

  /** All definitions with their ids. */
  roles(): readonly StoredDefinition[] {
    return [...this.#definitions.values()];
  }

  /** Assigns a role; throws if it is not defined. Returns the id of the assignment. */
  assign(assignment: RoleAssignment & Partial<StoredAssignment>): string {
    if (!this.#definitions.has(assignment.role.toLowerCase())) {
      throw new Error(`Cannot assign "${assignment.role}": no such role is defined`);
    }
    const id = assignment.id ?? randomUUID();
    this.#assignments.push({ ...assignment, id });
    return id;
  }

  /** Takes back the assignments that match everything given; returns how many they were. */
  revoke(wanted: Partial<Omit<StoredAssignment, 'noted'>>): number {
    const before = this.#assignments.length;
    const fields = Object.entries(wanted) as ['id' | keyof RoleAssignment, string][];
    this.#assignments = this.#assignments.filter(
      (assignment) =>
        !fields.every(([name, value]) => assignment[name].toLowerCase() === value.toLowerCase()),
    );
    return before - this.#assignments.length;
  }

  /** Takes one action away from a role, whatever its definition says; the function returned gives it back. */
  withhold(role: string, action: string): () => void {
    const entry = { role: role.toLowerCase(), action };
    this.#withheld.push(entry);
    return () => {
      this.#withheld = this.#withheld.filter((other) => other !== entry);
    };
  }

  definitions(): readonly RoleDefinition[] {
    return [...this.#definitions.values()].map(({ id: _id, ...definition }) => definition);
  }

  assignments(): readonly StoredAssignment[] {
    return [...this.#assignments];
  }

  /** Evidence of an assignment that allows the action there, in the form in which events carry it; undefined if none does. */
  evidenceFor(
    principalObjectId: string,
    action: string,
    scope: string,
  ): Readonly<Record<string, string>> | undefined {
    const isTheirs = this.#heldBy(principalObjectId);
    const assignment = this.#assignments.find(
      (candidate) =>
        isTheirs(candidate) && covers(candidate.scope, scope) && this.#allows(candidate.role, action),
    );
    return assignment && this.#toEvidence(assignment);
  }

  /** Whether an action is allowed at an id, for many ids: the roles are looked at once. */
  allowing(principalObjectId: string, action: string): (id: string) => boolean {
    const isTheirs = this.#heldBy(principalObjectId);
    const scopes = this.#assignments
      .filter((candidate) => isTheirs(candidate) && this.#allows(candidate.role, action))
      .map(({ scope }) => scope);
    return (id) => scopes.some((scope) => covers(scope, id));
  }

  /** Whether the principal holds any role at that scope, above it or below it. */
  hasAnyRole(principalObjectId: string, scope: string): boolean {
    const isTheirs = this.#heldBy(principalObjectId);
    return this.#assignments.some(
      (candidate) =>
        isTheirs(candidate) && (covers(candidate.scope, scope) || covers(scope, candidate.scope)),
    );
  }

  /** The test whether an assignment is to a principal or to a group that it is in. */
  #heldBy(principalObjectId: string): (assignment: RoleAssignment) => boolean {
    const groups = this.#principals.find(principalObjectId)?.groups ?? [];
    const ids = [principalObjectId, ...groups].map((id) => id.toLowerCase());
    return (assignment) => ids.includes(assignment.principalObjectId.toLowerCase());
  }

  #allows(role: string, action: string): boolean {
    const definition = this.#definitions.get(role.toLowerCase());
    const isWithheld = this.#withheld.some(
      (entry) => entry.role === role.toLowerCase() && matches(entry.action, action),
    );
    return (
      definition !== undefined &&
      !isWithheld &&
      definition.actions.some((pattern) => matches(pattern, action)) &&
      !(definition.notActions ?? []).some((pattern) => matches(pattern, action))
    );
  }

  #toEvidence(assignment: StoredAssignment): Readonly<Record<string, string>> {
    const definition = this.#definitions.get(assignment.role.toLowerCase());
    const principal = this.#principals.find(assignment.principalObjectId);
    return {
      role: definition?.name ?? assignment.role,
      roleAssignmentScope: assignment.scope,
      roleAssignmentId: withoutDashes(assignment.id),
      roleDefinitionId: withoutDashes(definition?.id ?? ''),
      principalId: withoutDashes(assignment.principalObjectId),
      principalType: principalType(principal),
    };
  }
}

function principalType(principal: Principal | undefined): string {
  return principal?.kind === 'User' ? 'User' : 'ServicePrincipal';
}

/** Whether what lies at an id lies at a scope or below it; `/` covers everything. */
export function covers(outer: string, inner: string): boolean {
  const prefix = outer.replace(/\/+$/, '').toLowerCase();
  const id = inner.toLowerCase();
  return id === prefix || id.startsWith(`${prefix}/`);
}

function matches(pattern: string, action: string): boolean {
  const expression = pattern.split('*').map(escapeForRegExp).join('.*');
  return new RegExp(`^${expression}$`, 'i').test(action);
}

function escapeForRegExp(literal: string): string {
  return literal.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}

function withoutDashes(id: string): string {
  return id.replaceAll('-', '');
}
