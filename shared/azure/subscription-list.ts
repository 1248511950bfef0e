import type { Pipeline } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import { readJsonAs } from '../read-as.ts';
import type { Settings } from '../settings.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { armContextPolicy, callArm } from './arm-context.ts';

/** A subscription that an identity may see. */
export interface ListedSubscription {
  /** In lower case. */
  readonly id: string;
  /** As its owner wrote it. */
  readonly displayName: string;
}

/** Every subscription that an identity may see and that is not deleted. @throws RemediationError */
export type ListSubscriptions = (until: Date) => Promise<readonly ListedSubscription[]>;

export interface SubscriptionListParts {
  readonly arm: Settings['arm'];
  readonly credential: () => Promise<TokenCredential>;
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'dependency'>;
  /** Most retries of a request; they honour the wait that Azure asks for. 0 when absent. */
  readonly maxRetries?: number;
}

const Page = z.looseObject({
  value: z.array(
    z.looseObject({
      subscriptionId: z.string(),
      displayName: z.string().nullish(),
      state: z.string().nullish(),
    }),
  ),
  nextLink: z.string().nullish(),
});
type Page = z.infer<typeof Page>;

/** More pages than any tenant has. */
const mostPages = 1_000;

/**
 * Lists subscriptions at Resource Manager, one call for a tenant of ordinary size. Any role on a subscription shows it there,
 * so the list needs no action of its own. Disabled subscriptions are in it: they can be read.
 */
export function openSubscriptionList(parts: SubscriptionListParts): ListSubscriptions {
  const { endpoint } = parts.arm;
  let opened: Pipeline | undefined;
  return async (until) => {
    const pipeline = (opened ??= await openPipeline(parts));
    const found: ListedSubscription[] = [];
    let url: string | undefined = `${endpoint}/subscriptions?api-version=2022-12-01`;
    for (let page = 1; url !== undefined; page += 1) {
      const { value, nextLink } = await readPage(pipeline, endpoint, url, until);
      found.push(...value.filter(({ state }) => state !== 'Deleted').map(listed));
      url = pageAfter(endpoint, nextLink, page);
    }
    return found;
  };
}

function listed({ subscriptionId, displayName }: Page['value'][number]): ListedSubscription {
  return { id: subscriptionId.toLowerCase(), displayName: displayName ?? '' };
}

async function openPipeline({
  arm,
  credential,
  clock,
  telemetry,
  maxRetries = 0,
}: SubscriptionListParts): Promise<Pipeline> {
  const { bearerTokenAuthenticationPolicy, createPipelineFromOptions } =
    await import('@azure/core-rest-pipeline');
  const pipeline = createPipelineFromOptions({ retryOptions: { maxRetries } });
  pipeline.addPolicy(
    bearerTokenAuthenticationPolicy({ credential: await credential(), scopes: `${arm.audience}/.default` }),
  );
  pipeline.addPolicy(armContextPolicy(clock, telemetry), { phase: 'Sign' });
  return pipeline;
}

async function readPage(pipeline: Pipeline, endpoint: string, url: string, until: Date): Promise<Page> {
  const what = `list the subscriptions at ${new URL(endpoint).host}`;
  const { createDefaultHttpClient, createPipelineRequest } = await import('@azure/core-rest-pipeline');
  const { result, body } = await callArm({
    until,
    what,
    act: () => pipeline.sendRequest(createDefaultHttpClient(), createPipelineRequest({ url })),
  });
  if (result.status !== 200) {
    throw new RemediationError(
      result.status === 401 || result.status === 403 ? 'access-denied' : 'azure-unavailable',
      `Cannot ${what}: Azure answers ${result.status}`,
    );
  }
  return readJsonAs(Page, body, `the subscriptions at ${new URL(endpoint).host}`);
}

/** The token goes nowhere but to Resource Manager, and what lies elsewhere was not looked at. */
function pageAfter(endpoint: string, link: string | null | undefined, page: number): string | undefined {
  if (link === undefined || link === null || link === '') {
    return undefined;
  }
  if (page >= mostPages || !URL.canParse(link) || new URL(link).origin !== new URL(endpoint).origin) {
    throw new RemediationError(
      'malformed-input',
      `Cannot list the subscriptions: the next page is not at ${endpoint}, or there are more than ${mostPages}`,
    );
  }
  return link;
}
