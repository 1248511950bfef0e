import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { ArmResource } from '../contract/observation.ts';
import { RemediationError } from '../errors.ts';
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
        ...(after === undefined ? {} : { skipToken: after }),
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
  const result = Answer.safeParse(jsonOf(body));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw unreadable(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { data, resultTruncated, $skipToken } = result.data;
  const next = $skipToken ?? undefined;
  if (next === undefined && resultTruncated === 'true') {
    throw unreadable('$skipToken: expected one, because the answer is truncated');
  }
  return { rows: data, next };
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw unreadable('the answer is not JSON');
  }
}

function unreadable(detail: string): RemediationError {
  return new RemediationError('malformed-input', `Cannot read the answer of Resource Graph: ${detail}`);
}
