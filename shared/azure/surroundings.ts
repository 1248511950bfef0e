import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { SurroundingsQuestion, Assignments, Manager, Surroundings } from '../contract/surroundings.ts';
import { RemediationError } from '../errors.ts';
import { isSameResource, parseResourceId } from '../resource-id.ts';
import type { ResourceId } from '../resource-id.ts';
import { safeCause } from '../text/safe-cause.ts';
import { redact } from '../text/secrets.ts';
import { readJsonAs } from '../read-as.ts';
import { callArm } from './arm-context.ts';
import type { AzureClients } from './clients.ts';
import { exemptionsCovering, exemptionsIn, isNotFound, isWaitedFor } from './policy-exemptions.ts';
import type { ScopedExemption } from './policy-exemptions.ts';
import { assignmentsIn } from './assignments.ts';
import { memory } from './memory.ts';
import { managerTypes } from './surroundings-actions.ts';

const rememberedMs = 10 * 60_000;
/** A group that is missing from a list older than this is asked for again; a newer list is believed. */
const freshMs = 10_000;
const mostPages = 100;

const Groups = z.looseObject({
  value: z.array(z.looseObject({ name: z.string(), managedBy: z.string().nullish() })),
});

const Managing = z.looseObject({
  properties: z
    .looseObject({
      managedResourceGroupId: z.string().nullish(),
      managedResourceGroupName: z.string().nullish(),
      nodeResourceGroup: z.string().nullish(),
    })
    .nullish(),
});
type Managing = z.infer<typeof Managing>;

/**
 * The group that a manager says it manages, by the manager's lower-case type: an id, or a name in the same
 * subscription.
 */
const managedGroup: Readonly<
  Record<string, (properties: NonNullable<Managing['properties']>) => string | null | undefined>
> = {
  'microsoft.databricks/workspaces': ({ managedResourceGroupId }) => managedResourceGroupId,
  'microsoft.containerservice/managedclusters': ({ nodeResourceGroup }) => nodeResourceGroup,
  'microsoft.solutions/applications': ({ managedResourceGroupId }) => managedResourceGroupId,
  'microsoft.synapse/workspaces': ({ managedResourceGroupName }) => managedResourceGroupName,
};

/** The managing resource by lower-case name of the group; undefined for a group that nothing manages. */
type Groups = ReadonlyMap<string, string | undefined>;

/**
 * Surroundings of a resource, read with the observing identity: one list of resource groups and one of exemptions for
 * each subscription, each remembered for ten minutes.
 *
 * The owner of a group can make it name any managing resource. A manager therefore counts only if it exists and names
 * the group in turn: the service writes that side, and only for a group that it made. If that side cannot be seen (we
 * may not read it, do not know its type, or it names no group), the manager is `unknown` and the engine asks a
 * person. Changing a property that a manager writes back would be a fight, and a hold would let any owner keep a leak
 * open by a name.
 */
export function azureSurroundings(azure: AzureClients, clock: Clock): Surroundings {
  const groups = memory<Groups>(clock, rememberedMs);
  const existing = memory<Manager>(clock, rememberedMs);
  const exemptions = memory<readonly ScopedExemption[]>(clock, rememberedMs);
  const assignments = memory<Assignments>(clock, rememberedMs);

  const managerIdOf = async (
    resource: ResourceId,
    group: string,
    { until, since }: SurroundingsQuestion,
  ): Promise<string | undefined> => {
    const list = () => listGroups(azure, resource.subscriptionId, until);
    const known = await groups.get(resource.subscriptionId, list, since);
    if (known.has(group) || groups.ageInMs(resource.subscriptionId) < freshMs) {
      return known.get(group);
    }
    groups.forget(resource.subscriptionId);
    return (await groups.get(resource.subscriptionId, list)).get(group);
  };

  return {
    managerOf: async (resource, asked) => {
      const { until, since } = asked;
      const group = resource.resourceGroup?.toLowerCase();
      if (group === undefined) {
        return { kind: 'none' };
      }
      try {
        const manager = await managerIdOf(resource, group, asked);
        if (manager === undefined) {
          return { kind: 'none' };
        }
        const groupId = `/subscriptions/${resource.subscriptionId}/resourcegroups/${group}`;
        const key = `${groupId} ${manager.toLowerCase()}`;
        return await existing.get(key, () => lookUp(azure, manager, groupId, until), since);
      } catch (error) {
        return lastingAs(error, (reason) => ({ kind: 'unknown', reason }) as const);
      }
    },
    exemptionsOf: async (resource, { until, since }) => {
      const { subscriptionId } = resource;
      try {
        const list = () => exemptionsIn(azure, subscriptionId, clock, until);
        const found = await exemptions.get(subscriptionId, list, since);
        return exemptionsCovering(found, resource);
      } catch (error) {
        return lastingAs(error, () => []);
      }
    },
    assignmentsOf: async (subscriptionId, { until, since }) => {
      try {
        return await assignments.get(
          subscriptionId,
          () => assignmentsIn(azure, subscriptionId, until),
          since,
        );
      } catch (error) {
        return lastingAs(error, (): Assignments | undefined => undefined);
      }
    },
  };
}

/** The meaning of an error that waiting does not mend. Any other error is thrown, and the work comes back. */
function lastingAs<T>(error: unknown, meaning: (reason: string) => T): T {
  if (isWaitedFor(error)) {
    throw error;
  }
  return meaning(safeCause(error).message);
}

async function listGroups(azure: AzureClients, subscriptionId: string, until: Date): Promise<Groups> {
  const client = await azure.resources('observe', subscriptionId);
  const what = `list the resource groups of "${subscriptionId}"`;
  const pages = client.resourceGroups.list().byPage();
  const groups = new Map<string, string | undefined>();
  for (let page = 0; page < mostPages; page += 1) {
    const { result, body } = await callArm({ until, what, act: () => pages.next() });
    if (result.done === true) {
      break;
    }
    for (const { name, managedBy } of readJsonAs(Groups, body, what).value) {
      groups.set(name.toLowerCase(), managedBy ?? undefined);
    }
  }
  return groups;
}

/** Looks up if the managing resource exists and names the group as its own. */
async function lookUp(azure: AzureClients, manager: string, groupId: string, until: Date): Promise<Manager> {
  const unknown = (reason: string): Manager => ({ kind: 'unknown', by: shown(manager), reason });
  const id = idOf(manager);
  const type = id && managerTypes[id.type.toLowerCase()];
  if (id === undefined || type === undefined) {
    return unknown(
      `Cannot tell whether "${shown(manager)}" exists: not a type that is known to manage groups`,
    );
  }
  try {
    const client = await azure.resources('observe', id.subscriptionId);
    const act = () => client.resources.getById(id.text.slice(1), type.apiVersion);
    const what = `read "${id.text}"`;
    const { body } = await callArm({ until, what, act });
    const managed = managedGroupId(id, readJsonAs(Managing, body, what));
    if (managed === undefined) {
      return unknown(`Cannot tell whether "${shown(id.text)}" manages the group: it names none`);
    }
    return isSameResource(managed, groupId) ? { kind: 'managed', by: id.text } : { kind: 'none' };
  } catch (error) {
    if (error instanceof RemediationError && error.code === 'resource-gone') {
      return { kind: 'none' };
    }
    // A name that leads nowhere, such as into a missing subscription, must not put the work off for ever.
    return isNotFound(error) ? unknown(safeCause(error).message) : lastingAs(error, unknown);
  }
}

/** Longest part of a manager's name that is repeated. */
const shownOfName = 300;

/**
 * The owner of a group writes the name: secrets are removed, so that the text around it stays, and its length is
 * bounded.
 */
function shown(name: string): string {
  const safe = redact(name);
  return safe.length > shownOfName ? `${safe.slice(0, shownOfName).toWellFormed()}…` : safe;
}

/** Id of the group that a manager names as its own, or undefined. */
function managedGroupId({ type, subscriptionId }: ResourceId, { properties }: Managing): string | undefined {
  const group = managedGroup[type.toLowerCase()]?.(properties ?? {}) ?? '';
  if (group === '' || group.startsWith('/')) {
    return group === '' ? undefined : group;
  }
  return `/subscriptions/${subscriptionId}/resourcegroups/${group}`;
}

/** Undefined also for a text that would be read as the path of another resource than it seems to name. */
function idOf(text: string): ResourceId | undefined {
  try {
    return /[?#%\\]|\/\.{1,2}(?:\/|$)/.test(text) ? undefined : parseResourceId(text);
  } catch {
    return undefined;
  }
}
