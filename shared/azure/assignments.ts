import { z } from 'zod';
import type { Assignments } from '../contract/surroundings.ts';
import { readJsonAs } from '../read-as.ts';
import { callArm } from './arm-context.ts';
import type { AzureClients } from './clients.ts';

const Page = z.looseObject({ value: z.array(z.unknown()), nextLink: z.string().nullish() });
const Named = z.looseObject({ id: z.string() });
const Granted = z.looseObject({
  properties: z.looseObject({
    createdOn: z.iso.datetime({ offset: true }).nullish(),
    updatedOn: z.iso.datetime({ offset: true }).nullish(),
  }),
});

const policyVersion = '2022-06-01';
const roleVersion = '2022-04-01';

/**
 * The assignments on a subscription, in it and above it, in one list each. Azure lists with a subscription what it
 * inherits from its management groups, for whose resources no event of the subscription tells. Only the first page is read.
 */
export async function assignmentsIn(
  azure: AzureClients,
  subscriptionId: string,
  until: Date,
): Promise<Assignments> {
  const client = await azure.resources('observe', subscriptionId);
  const list = async (type: string, apiVersion: string): Promise<z.infer<typeof Page>> => {
    const path = `subscriptions/${subscriptionId}/providers/Microsoft.Authorization/${type}`;
    const what = `list "/${path}"`;
    const { body } = await callArm({ until, what, act: () => client.resources.getById(path, apiVersion) });
    return readJsonAs(Page, body, what);
  };
  const policies = await list('policyAssignments', policyVersion);
  const roles = readable(Granted, (await list('roleAssignments', roleVersion)).value);
  const granted = roles.flatMap(({ properties: { createdOn, updatedOn } }) => updatedOn ?? createdOn ?? []);
  return {
    policies: isWhole(policies)
      ? new Set(readable(Named, policies.value).map(({ id }) => id.toLowerCase()))
      : undefined,
    lastGranted: latest(granted),
  };
}

function isWhole({ nextLink }: z.infer<typeof Page>): boolean {
  return nextLink === undefined || nextLink === null || nextLink === '';
}

function readable<T>(schema: z.ZodType<T>, items: readonly unknown[]): readonly T[] {
  return items.flatMap((item) => schema.safeParse(item).data ?? []);
}

/** The latest of some times, as ISO 8601 in UTC. */
function latest(times: readonly string[]): string | undefined {
  const [last] = times.map((time) => Date.parse(time)).sort((one, other) => other - one);
  return last === undefined ? undefined : new Date(last).toISOString();
}
