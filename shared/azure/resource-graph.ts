import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { ArmResource } from '../contract/observation.ts';
import { defined } from '../defined.ts';
import { RemediationError } from '../errors.ts';
import { readJsonAs } from '../read-as.ts';
import { Resource } from './arm-body.ts';
import { callArm } from './arm-context.ts';
import type { AzureClients } from './clients.ts';
import { halfPace, readQuotas } from './quotas.ts';

/** What is asked of Resource Graph. */
export interface GraphQuery {
  readonly query: string;
  readonly subscriptions: readonly string[];
  /** Where the page before ended; absent for the first page. */
  readonly after?: string | undefined;
  /** No request may still run then. */
  readonly until: Date;
}

export interface GraphPage {
  /** Rows as Resource Graph gives them: what the caller may not read is silently not among them. */
  readonly rows: readonly ArmResource[];
  /** Where the next page begins; undefined on the last one. */
  readonly next: string | undefined;
}

/** Azure Resource Graph: what Resource Manager holds, some seconds to minutes ago, a thousand resources a call. */
export interface ResourceGraph {
  /** One page. Waits so that no more than half of the quota is used. @throws RemediationError */
  page(query: GraphQuery): Promise<GraphPage>;
}

const answer = 'the answer of Resource Graph';

/** Most rows of a page that Azure gives. */
const mostRows = 1_000;

const Answer = z.looseObject({
  data: z.array(Resource),
  resultTruncated: z.enum(['true', 'false']).optional(),
  $skipToken: z.string().min(1).nullish(),
});

export function openResourceGraph(azure: AzureClients, clock: Clock, pageSize = mostRows): ResourceGraph {
  const pause = halfPace(readQuotas.resourceGraph);
  let nextCall = 0;

  /** Each call takes the next place in the row. */
  const takeTurn = async (): Promise<void> => {
    const now = clock.now().getTime();
    const turn = Math.max(now, nextCall);
    nextCall = turn + pause;
    if (turn > now) {
      await clock.sleep(turn - now);
    }
  };

  return {
    async page({ query, subscriptions, after, until }) {
      const client = await azure.resourceGraph();
      await takeTurn();
      const options = {
        resultFormat: 'objectArray',
        top: pageSize,
        ...defined({ skipToken: after }),
      } as const;
      const { body } = await callArm({
        until,
        what: 'query Resource Graph',
        act: () => client.resources({ query, subscriptions: [...subscriptions], options }),
      });
      return parsePage(body);
    },
  };
}

/** A page that was cut without saying where it goes on would pass for everything there is: it is refused. */
function parsePage(body: string): GraphPage {
  const { data, resultTruncated, $skipToken } = readJsonAs(Answer, body, answer);
  const next = $skipToken ?? undefined;
  if (next === undefined && resultTruncated === 'true') {
    throw new RemediationError(
      'malformed-input',
      `Cannot read ${answer}: $skipToken: expected one, because the answer is truncated`,
    );
  }
  return { rows: data, next };
}
