import { randomUUID } from 'node:crypto';
import type { Principal, PrincipalRegistry } from '../identity/principals.ts';

/** What a role allows: actions with `*` for any text, less the ones of `notActions`. */
export interface RoleDefinition {
  readonly name: string;
  readonly actions: readonly string[];
  readonly notActions?: readonly string[];
}

export interface RoleAssignment {
  readonly principalObjectId: string;
  /** Name of a role definition. */
  readonly role: string;
  /** Id of a subscription, a group or a resource; `/` for everything. */
  readonly scope: string;
}

export type StoredAssignment = RoleAssignment & { readonly id: string };

/** The role definitions and assignments in force. Changes hold from the next call on. */
export class RoleBook {
  #definitions = new Map<string, RoleDefinition & { readonly id: string }>();
  #assignments: StoredAssignment[] = [];
  #withheld: { role: string; action: string }[] = [];
  readonly #principals: PrincipalRegistry;

  constructor(principals: PrincipalRegistry) {
    this.#principals = principals;
  }

  /** Adds a role, or replaces the one of that name. */
  define(definition: RoleDefinition): void {
    const key = definition.name.toLowerCase();
    this.#definitions.set(key, { ...definition, id: this.#definitions.get(key)?.id ?? randomUUID() });
  }

  /** Assigns a role; throws if it is not defined. Returns the id of the assignment. */
  assign(assignment: RoleAssignment): string {
    if (!this.#definitions.has(assignment.role.toLowerCase())) {
      throw new Error(`Cannot assign "${assignment.role}": no such role is defined`);
    }
    const id = randomUUID();
    this.#assignments.push({ ...assignment, id });
    return id;
  }

  /** Takes back the assignments that match everything given; returns how many they were. */
  revoke(wanted: Partial<StoredAssignment>): number {
    const before = this.#assignments.length;
    const fields = Object.entries(wanted) as [keyof StoredAssignment, string][];
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
    const assignment = this.#assignments.find(
      (candidate) =>
        candidate.principalObjectId.toLowerCase() === principalObjectId.toLowerCase() &&
        covers(candidate.scope, scope) &&
        this.#allows(candidate.role, action),
    );
    return assignment && this.#toEvidence(assignment);
  }

  /** Whether an action is allowed at an id, for many ids: the roles are looked at once. */
  allowing(principalObjectId: string, action: string): (id: string) => boolean {
    const scopes = this.#assignments
      .filter(
        (candidate) =>
          candidate.principalObjectId.toLowerCase() === principalObjectId.toLowerCase() &&
          this.#allows(candidate.role, action),
      )
      .map(({ scope }) => scope);
    return (id) => scopes.some((scope) => covers(scope, id));
  }

  /** Whether the principal holds any role at that scope, above it or below it. */
  hasAnyRole(principalObjectId: string, scope: string): boolean {
    return this.#assignments.some(
      (candidate) =>
        candidate.principalObjectId.toLowerCase() === principalObjectId.toLowerCase() &&
        (covers(candidate.scope, scope) || covers(scope, candidate.scope)),
    );
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

function covers(outer: string, inner: string): boolean {
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
