import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { AzureExemption } from '../contract/surroundings.ts';
import { isTransient, RemediationError } from '../errors.ts';
import type { ResourceId } from '../resource-id.ts';
import { readJsonAs } from '../read-as.ts';
import { callArm } from './arm-context.ts';
import type { AzureClients } from './clients.ts';

/** An exemption with the scope that it covers, in lower case. */
export interface ScopedExemption extends AzureExemption {
  readonly scope: string;
}

const Exemptions = z.looseObject({ value: z.array(z.unknown()) });
const Exemption = z.looseObject({
  id: z.string(),
  properties: z.looseObject({
    policyAssignmentId: z.string(),
    policyDefinitionReferenceIds: z.array(z.string()).nullish(),
    exemptionCategory: z.enum(['Waiver', 'Mitigated']),
    expiresOn: z.iso.datetime({ offset: true }).nullish(),
    resourceSelectors: z.array(z.unknown()).nullish(),
  }),
});
type Exemption = z.infer<typeof Exemption>;

const Assignment = z.looseObject({ properties: z.looseObject({ policyDefinitionId: z.string() }) });
const SetDefinition = z.looseObject({
  properties: z.looseObject({ policyDefinitions: z.array(z.unknown()) }),
});
const Member = z.looseObject({
  policyDefinitionId: z.string(),
  policyDefinitionReferenceId: z.string().nullish(),
});

const exemptionVersion = '2022-07-01-preview';
const assignmentVersion = '2022-06-01';
const setVersion = '2021-06-01';

/** Most exemptions of a subscription whose assignments are read. Further ones do not count. */
const mostExemptions = 200;

/**
 * The exemptions of a subscription that end in the future, with their exempted definitions. Only the first page is
 * read: an exemption that is not seen, or makes no sense, does not count, and the drift is dealt with.
 */
export async function exemptionsIn(
  azure: AzureClients,
  subscriptionId: string,
  clock: Clock,
  until: Date,
): Promise<readonly ScopedExemption[]> {
  const read = reader(azure, subscriptionId, until);
  const list = `subscriptions/${subscriptionId}/providers/Microsoft.Authorization/policyExemptions`;
  const { value } = await read(Exemptions, list, exemptionVersion);
  const now = clock.now();
  const counting = readable(Exemption, value)
    .filter(({ properties: { expiresOn, resourceSelectors } }) => {
      // An exemption with resource selectors may not cover this resource.
      const isForAll = (resourceSelectors ?? []).length === 0;
      return isForAll && expiresOn !== null && expiresOn !== undefined && new Date(expiresOn) > now;
    })
    .slice(0, mostExemptions);
  const found: ScopedExemption[] = [];
  for (const exemption of counting) {
    found.push(toExemption(exemption, await definitionsOf(exemption, read)));
  }
  return found;
}

/** The items that fit the schema: a malformed one does not void the others. */
function readable<T>(schema: z.ZodType<T>, items: readonly unknown[]): readonly T[] {
  return items.flatMap((item) => schema.safeParse(item).data ?? []);
}

/** Exemptions whose scope is the resource or lies above it. */
export function exemptionsCovering(
  exemptions: readonly ScopedExemption[],
  { key }: ResourceId,
): readonly AzureExemption[] {
  return exemptions
    .filter(({ scope }) => key === scope || key.startsWith(`${scope}/`) || isManagementGroup(scope))
    .map(({ scope: _, ...exemption }) => exemption);
}

/** A subscription's list holds exemptions of a management group only if the group is above the subscription. */
function isManagementGroup(scope: string): boolean {
  return scope.startsWith('/providers/microsoft.management/managementgroups/');
}

type Read = <T>(schema: z.ZodType<T>, path: string, apiVersion: string) => Promise<T>;

function reader(azure: AzureClients, subscriptionId: string, until: Date): Read {
  return async (schema, path, apiVersion) => {
    const client = await azure.resources('observe', subscriptionId);
    const what = `read "/${path}"`;
    const act = () => client.resources.getById(path, apiVersion);
    const { body } = await callArm({ until, what, act });
    return readJsonAs(schema, body, what);
  };
}

/**
 * The definitions behind an exemption's assignment. An assignment that is gone or unreadable exempts from nothing.
 */
async function definitionsOf({ properties }: Exemption, read: Read): Promise<readonly string[]> {
  const { policyAssignmentId, policyDefinitionReferenceIds } = properties;
  try {
    const assignment = await read(Assignment, policyAssignmentId.replace(/^\//, ''), assignmentVersion);
    const definition = assignment.properties.policyDefinitionId;
    if (!/\/policySetDefinitions\//i.test(definition)) {
      return [nameIn(definition)];
    }
    const set = await read(SetDefinition, definition.replace(/^\//, ''), setVersion);
    const chosen = (policyDefinitionReferenceIds ?? []).map((id) => id.toLowerCase());
    return readable(Member, set.properties.policyDefinitions)
      .filter(
        ({ policyDefinitionReferenceId: id }) =>
          chosen.length === 0 || chosen.includes(id?.toLowerCase() ?? ''),
      )
      .map(({ policyDefinitionId }) => nameIn(policyDefinitionId));
  } catch (error) {
    if (isWaitedFor(error) && !isNotFound(error)) {
      throw error;
    }
    return [];
  }
}

/**
 * True if work waits until this failed read of surroundings can be repeated. An unknown 409 may last, and such a read
 * must not keep a leak open.
 */
export function isWaitedFor(error: unknown): boolean {
  return isTransient(error) && !(error instanceof RemediationError && error.code === 'conflict');
}

/**
 * True for a 404 that names no resource. For a path of our own it may come from a front end; for a name that somebody
 * wrote, retrying has to end somewhere.
 */
export function isNotFound(error: unknown): boolean {
  const cause = error instanceof RemediationError ? error.cause : undefined;
  return (cause as { statusCode?: unknown } | undefined)?.statusCode === 404;
}

function nameIn(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1).toLowerCase();
}

function toExemption({ id, properties }: Exemption, definitions: readonly string[]): ScopedExemption {
  const { exemptionCategory, expiresOn } = properties;
  return {
    id,
    scope: id.replace(/\/providers\/Microsoft\.Authorization\/policyExemptions\/[^/]+$/i, '').toLowerCase(),
    definitions,
    category: exemptionCategory,
    expiresOn: expiresOn === null || expiresOn === undefined ? undefined : new Date(expiresOn),
  };
}
