import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Manager, Surroundings } from '../engine/surroundings.ts';
import { RemediationError } from '../errors.ts';
import { parseResourceId } from '../resource-id.ts';
import type { ResourceId } from '../resource-id.ts';
import { parseArmBody } from './arm-body.ts';
import { callArm } from './arm-context.ts';
import type { AzureClients } from './clients.ts';
import { exemptionsCovering, exemptionsIn, isNotFound } from './policy-exemptions.ts';
import type { ScopedExemption } from './policy-exemptions.ts';
import { memory } from './memory.ts';
import { managerTypes } from './surroundings-actions.ts';

const rememberedMs = 10 * 60_000;
/** A group that is not in a list as old as this is asked for again; a newer list is believed. In milliseconds. */
const freshMs = 10_000;
const mostPages = 100;

const Groups = z.looseObject({
  value: z.array(z.looseObject({ name: z.string(), managedBy: z.string().nullish() })),
});

/** Managing resource by lower-case name of the resource group; undefined for a group that nothing manages. */
type Groups = ReadonlyMap<string, string | undefined>;

/**
 * What stands around a resource, read with the identity that observes: one list of resource groups and one of exemptions
 * for each subscription, each remembered for ten minutes.
 *
 * The owner of a group can have it name any managing resource, so one counts only when it exists. Where that cannot be seen (we
 * may not read it, or do not know its type) it is `unknown`, and the engine asks a person: changing what a manager
 * writes back would be a fight, and holding it would let any owner keep a leak open by a name.
 */
export function azureSurroundings(azure: AzureClients, clock: Clock): Surroundings {
  const groups = memory<Groups>(clock, rememberedMs);
  const existing = memory<Manager>(clock, rememberedMs);
  const exemptions = memory<readonly ScopedExemption[]>(clock, rememberedMs);

  const managerIdOf = async (
    resource: ResourceId,
    group: string,
    until: Date,
  ): Promise<string | undefined> => {
    const list = () => listGroups(azure, resource.subscriptionId, until);
    const known = await groups.get(resource.subscriptionId, list);
    if (known.has(group) || groups.ageInMs(resource.subscriptionId) < freshMs) {
      return known.get(group);
    }
    groups.forget(resource.subscriptionId);
    return (await groups.get(resource.subscriptionId, list)).get(group);
  };

  return {
    managerOf: async (resource, until) => {
      const group = resource.resourceGroup?.toLowerCase();
      if (group === undefined) {
        return { kind: 'none' };
      }
      try {
        const manager = await managerIdOf(resource, group, until);
        return manager === undefined
          ? { kind: 'none' }
          : await existing.get(manager.toLowerCase(), () => lookUp(azure, manager, until));
      } catch (error) {
        return refusedAs(error, (reason) => ({ kind: 'unknown', reason }) as const);
      }
    },
    exemptionsOf: async (resource, until) => {
      const { subscriptionId } = resource;
      try {
        const found = await exemptions.get(subscriptionId, () =>
          exemptionsIn(azure, subscriptionId, clock, until),
        );
        return exemptionsCovering(found, resource);
      } catch (error) {
        return refusedAs(error, () => []);
      }
    },
  };
}

/** What a refusal means; anything else is thrown, and the work comes back. */
function refusedAs<T>(error: unknown, meaning: (reason: string) => T): T {
  if (error instanceof RemediationError && error.code === 'access-denied') {
    return meaning(error.message);
  }
  throw error;
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
    for (const { name, managedBy } of parseArmBody(Groups, body, what).value) {
      groups.set(name.toLowerCase(), managedBy ?? undefined);
    }
  }
  return groups;
}

/** Whether the managing resource exists. */
async function lookUp(azure: AzureClients, manager: string, until: Date): Promise<Manager> {
  const unknown = (reason: string): Manager => ({ kind: 'unknown', by: manager, reason });
  const id = idOf(manager);
  const type = id && managerTypes[id.type.toLowerCase()];
  if (id === undefined || type === undefined) {
    return unknown(`Cannot tell whether "${manager}" exists: not a type that is known to manage groups`);
  }
  try {
    const client = await azure.resources('observe', id.subscriptionId);
    const act = () => client.resources.getById(id.text.slice(1), type.apiVersion);
    await callArm({ until, what: `read "${id.text}"`, act });
    return { kind: 'managed', by: id.text };
  } catch (error) {
    if (!(error instanceof RemediationError)) {
      throw error;
    }
    if (error.code === 'resource-gone') {
      return { kind: 'none' };
    }
    // A name that leads nowhere, such as into a subscription that is not there, must not put the work off for ever.
    const isRefused = error.code === 'access-denied' || error.code === 'request-refused' || isNotFound(error);
    if (isRefused) {
      return unknown(error.message);
    }
    throw error;
  }
}

function idOf(text: string): ResourceId | undefined {
  try {
    return parseResourceId(text);
  } catch {
    return undefined;
  }
}
