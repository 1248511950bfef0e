import { z } from 'zod';

/** An id or a name as Azure gave it, which other people chose: without control characters, and bounded. */
const Given = z.string().max(1_100);
const Named = z.object({ id: Given, name: Given.optional() });

/** The reason why Azure refuses every write, as its answer names it. */
export const Refusal = z.discriminatedUnion('by', [
  /** Locks. `scopes`: ids of the locked resources; `locks`: ids of the locks, where they could be read. */
  z.object({ by: z.literal('lock'), scopes: z.array(Given), locks: z.array(Given).optional() }),
  /** Assignments of Azure Policy with the effect deny, and their definitions. */
  z.object({ by: z.literal('policy'), assignments: z.array(Named), definitions: z.array(Named) }),
  /** A deny assignment: it forbids what a role of the identity allows. */
  z.object({
    by: z.literal('deny-assignment'),
    id: Given.optional(),
    name: Given.optional(),
    scope: Given.optional(),
  }),
]);
export type Refusal = z.infer<typeof Refusal>;

/** True if two answers of Azure name the same obstacle. */
export function isSameRefusal(one: Refusal | undefined, other: Refusal | undefined): boolean {
  return one !== undefined && JSON.stringify(one) === JSON.stringify(other);
}

/**
 * The words for people about a change that Azure refused. They hold names that others chose: whoever shows them
 * escapes them.
 */
export interface RefusalWords {
  /** The obstacle, as a sentence without its full stop. */
  readonly what: string;
  /** The remedy, as one or two sentences. */
  readonly mend: string;
  /** The event that makes Leakstop look at once: completes "or at once when ...". */
  readonly sooner: string;
}

/** Facts about a refused change. */
export interface Refused {
  readonly code?: string | undefined;
  /** The action that the identity lacks. */
  readonly action?: string | undefined;
  readonly refusal?: Refusal | undefined;
}

const written = 'somebody writes to the resource, or asks for a look';
const assigned =
  'an assignment of Azure Policy above the resource, or an exemption from it, is written or deleted';

/** Says what forbids a change and how to end that. Undefined where nothing of the kind is known. */
export function refusalWords({ code, action, refusal }: Refused): RefusalWords | undefined {
  if (refusal !== undefined) {
    return tellers[refusal.by](refusal as never);
  }
  return code === 'access-denied' && action !== undefined
    ? {
        what: `The identity that repairs lacks the action ${action}`,
        mend: `Assign it a role with ${action} on the resource.`,
        sooner: `a role is assigned above the resource, ${written}`,
      }
    : undefined;
}

type Teller<By extends Refusal['by']> = (refusal: Extract<Refusal, { by: By }>) => RefusalWords;

const tellers: { readonly [By in Refusal['by']]: Teller<By> } = {
  lock: ({ scopes, locks = [] }) => {
    const named = locks.length === 0 ? '' : ` ${listed(locks.map((id) => lastOf(id)))}`;
    const where = scopes.length === 0 ? '' : ` on ${listed(scopes)}`;
    return {
      what:
        scopes.length > 1 || locks.length > 1
          ? `ReadOnly locks${named}${where} forbid the change`
          : `A ReadOnly lock${named}${where} forbids the change`,
      mend: 'Remove the lock for as long as the change takes, or exempt the drift.',
      sooner: `a lock above the resource is deleted, ${written}`,
    };
  },
  policy: ({ assignments, definitions }) => ({
    what:
      assignments.length === 0
        ? 'Azure Policy denies the change, and does not say which assignment'
        : `Azure Policy denies the change by the assignment ${listedNamed(assignments)}${
            definitions.length === 0 ? '' : ` of the definition ${listedNamed(definitions)}`
          }`,
    mend: 'Exempt the resource from the assignment, or change what it denies; or exempt the drift.',
    sooner: `${assigned}, ${written}`,
  }),
  'deny-assignment': ({ id, name, scope }) => ({
    what: `A deny assignment${name === undefined ? '' : ` "${name}"`}${id === undefined ? '' : ` (${id})`}${
      scope === undefined ? '' : ` on "${scope}"`
    } forbids the change, whatever roles the identity holds`,
    mend: 'The service that made it lifts it: change the resource through that service (a managed application, a deployment stack, a cluster), have it exclude the identity, or exempt the drift.',
    sooner: `a resource that manages the group is deleted, ${written}`,
  }),
};

const mostListed = 3;

function listed(texts: readonly string[]): string {
  return joined(texts.map((text) => `"${text}"`));
}

function listedNamed(named: readonly z.infer<typeof Named>[]): string {
  return joined(
    named.map(({ id, name }) =>
      name === undefined || name === lastOf(id) ? `"${id}"` : `"${name}" (${id})`,
    ),
  );
}

function joined(texts: readonly string[]): string {
  const left = texts.length - mostListed;
  return [...texts.slice(0, mostListed), ...(left > 0 ? [`${left} more`] : [])].join(' and ');
}

function lastOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}
