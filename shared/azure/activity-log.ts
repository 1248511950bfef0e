import { z } from 'zod';
import type { Activity } from '../contract/activity.ts';
import type { JsonObject } from '../contract/json.ts';
import { actorOfClaims } from '../contract/actor-of-claims.ts';
import { parseResourceId } from '../resource-id.ts';
import { readJsonAs } from '../read-as.ts';
import { callArm } from './arm-context.ts';
import type { AzureClients } from './clients.ts';

/** An unreadable field counts as absent: it must not keep the other entries from being read. */
const Word = z.looseObject({ value: z.string().nullish() }).nullish().catch(undefined);

/** Only the fields that are read here: Azure may send more, and may leave out any of them. */
const Page = z.looseObject({
  value: z.array(
    z.looseObject({
      eventTimestamp: z.string().optional().catch(undefined),
      caller: z.string().nullish().catch(undefined),
      claims: z.record(z.string(), z.unknown()).nullish().catch(undefined),
      operationName: Word,
      status: Word,
    }),
  ),
});
type Entry = z.infer<typeof Page>['value'][number];

/** Most pages that are read: a day of tug-of-war fits in one. */
const mostPages = 5;

/** The Activity Log of Azure Monitor. It may lack the latest moments. */
export function activityLog(azure: AzureClients): Activity {
  return {
    writersOf: async (resource, from, to, until) => {
      const client = await azure.monitor('observe', parseResourceId(resource).subscriptionId);
      const filter = [
        `eventTimestamp ge '${from.toISOString()}'`,
        `eventTimestamp le '${to.toISOString()}'`,
        `resourceUri eq '${resource.replaceAll("'", "''")}'`,
      ].join(' and ');
      const pages = client.activityLogs.list(filter).byPage();
      const what = `read the Activity Log of "${resource}"`;
      const entries: Entry[] = [];
      for (let page = 0; page < mostPages; page += 1) {
        const { result, body } = await callArm({ until, what, act: () => pages.next() });
        if (result.done === true) {
          break;
        }
        entries.push(...readJsonAs(Page, body, what).value);
      }
      return writersIn(entries);
    },
  };
}

/** Actors of successful writes and deletes, each once, newest first. */
function writersIn(entries: readonly Entry[]): readonly JsonObject[] {
  const writers = entries
    .filter(
      ({ operationName, status }) =>
        /\/(write|delete)$/i.test(operationName?.value ?? '') &&
        /^(succeeded|accepted)$/i.test(status?.value ?? ''),
    )
    .sort((one, other) => (other.eventTimestamp ?? '').localeCompare(one.eventTimestamp ?? ''))
    .map(({ claims, caller }) => actorOfClaims(claims ?? { upn: caller }))
    .filter((writer) => writer !== undefined);
  return [...new Map(writers.map((writer) => [JSON.stringify(writer), writer])).values()];
}
