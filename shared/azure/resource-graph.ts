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

/** A query to Resource Graph. */
export interface GraphQuery {
  readonly query: string;
  readonly subscriptions: readonly string[];
  /** End of the page before; absent for the first page. */
  readonly after?: string | undefined;
  /** No request may still run then. */
  readonly until: Date;
}

export interface GraphPage {
  /** Rows as Resource Graph returns them. Rows that the caller may not read are silently missing. */
  readonly rows: readonly ArmResource[];
  /** Start of the next page, or undefined on the last one. */
  readonly next: string | undefined;
}

/** Azure Resource Graph: the content of Resource Manager, seconds to minutes old, a thousand resources a call. */
export interface ResourceGraph {
  /** Returns one page, after waiting so that at most half of the quota is used. @throws RemediationError */
  page(query: GraphQuery): Promise<GraphPage>;
}

const answer = 'the answer of Resource Graph';

/** Most rows of a page that Azure returns. */
const mostRows = 1_000;

const Answer = z.looseObject({
  data: z.array(Resource),
  resultTruncated: z.enum(['true', 'false']).optional(),
  $skipToken: z.string().min(1).nullish(),
});

export function openResourceGraph(azure: AzureClients, clock: Clock, pageSize = mostRows): ResourceGraph {
  const pause = halfPace(readQuotas.resourceGraph);
  let nextCall = 0;

  /** Each call takes the next place in the line. */
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

/** Refuses a truncated page without a continuation: it would pass for the complete answer. */
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
