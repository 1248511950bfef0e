import type { TokenCredential } from '@azure/identity';
import { z } from 'zod';
import { createAzureClients } from '../shared/azure/clients.ts';
import type { Observer } from '../shared/contract/observer.ts';
import { storageAccountObserver } from '../shared/azure/observers/storage-account.ts';
import { toRemediationError } from '../shared/azure/to-remediation-error.ts';
import type { Clock } from '../shared/clock.ts';
import { RemediationError } from '../shared/errors.ts';

/** Where Resource Manager is, and for whom its tokens are. */
export interface ArmEndpoint {
  readonly endpoint: string;
  readonly audience: string;
}

/** What a scan reads Azure with. Nothing can be written through it. */
export interface AzureReader {
  readonly observers: readonly Observer[];
  /** Every subscription that the login may see and that is not deleted: disabled ones can be read. @throws RemediationError */
  listSubscriptions(until: Date): Promise<readonly string[]>;
}

export type OpenAzure = (arm: ArmEndpoint, clock: Clock) => Promise<AzureReader>;

/** How often a request is repeated when Azure throttles or fails. A wait that it asks for is honoured. */
const maxRetries = 5;

/** With the login of whoever runs the command: Azure CLI, environment, or managed identity. The SDKs load here. */
export const openAzure: OpenAzure = async (arm, clock) => {
  const { DefaultAzureCredential } = await import('@azure/identity');
  const credential = new DefaultAzureCredential();
  // One login does all: the powers of a running service are apart, and a scan only ever reads.
  const identities = { observe: 'caller', remediate: 'caller', storage: 'caller' };
  const untold = { dependency: <T>(_name: string, act: () => Promise<T>) => act() };
  const clients = createAzureClients({ arm, identities }, clock, untold, {
    credential: () => Promise.resolve(credential),
    maxRetries,
  });
  return {
    observers: [storageAccountObserver(clients, clock)],
    listSubscriptions: (until) => listSubscriptions(arm, credential, until, clock),
  };
};

const Subscriptions = z.looseObject({
  value: z.array(z.looseObject({ subscriptionId: z.string(), state: z.string().nullish() })),
  nextLink: z.string().nullish(),
});

/** Somebody waits for the first call, which shows a wrong endpoint: it is given up sooner. */
const maxFirstRetries = 2;

/** More pages than any tenant has. */
const mostPages = 1_000;

async function listSubscriptions(
  arm: ArmEndpoint,
  credential: TokenCredential,
  until: Date,
  clock: Clock,
): Promise<readonly string[]> {
  const {
    bearerTokenAuthenticationPolicy,
    createDefaultHttpClient,
    createPipelineFromOptions,
    createPipelineRequest,
  } = await import('@azure/core-rest-pipeline');
  const pipeline = createPipelineFromOptions({ retryOptions: { maxRetries: maxFirstRetries } });
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: `${arm.audience}/.default` }));
  const client = createDefaultHttpClient();
  const found: string[] = [];
  let url: string | undefined = `${arm.endpoint}/subscriptions?api-version=2022-12-01`;
  for (let page = 0; url !== undefined; page += 1) {
    const timeout = Math.max(1, until.getTime() - clock.now().getTime());
    const { value, nextLink } = await readPage(arm, () =>
      pipeline.sendRequest(client, createPipelineRequest({ url: url ?? '', timeout })),
    );
    found.push(...value.filter(({ state }) => state !== 'Deleted').map((each) => each.subscriptionId));
    url = pageAfter(arm, nextLink, page);
  }
  return found.map((id) => id.toLowerCase());
}

/** The token goes nowhere but to Resource Manager, and what lies elsewhere was not looked at. */
function pageAfter(
  { endpoint }: ArmEndpoint,
  link: string | null | undefined,
  page: number,
): string | undefined {
  if (link === undefined || link === null || link === '') {
    return undefined;
  }
  if (page + 1 >= mostPages || !URL.canParse(link) || new URL(link).origin !== new URL(endpoint).origin) {
    throw new RemediationError(
      'malformed-input',
      `Cannot list the subscriptions: the next page is not at ${endpoint}, or there are more than ${mostPages}`,
    );
  }
  return link;
}

async function readPage(
  { endpoint }: ArmEndpoint,
  send: () => Promise<{ readonly status: number; readonly bodyAsText?: string | null }>,
): Promise<z.infer<typeof Subscriptions>> {
  const what = `list the subscriptions at ${new URL(endpoint).host}`;
  try {
    const { status, bodyAsText } = await send();
    if (status !== 200) {
      throw new RemediationError(
        status === 401 || status === 403 ? 'access-denied' : 'azure-unavailable',
        `Cannot ${what}: Azure answers ${status}`,
      );
    }
    return Subscriptions.parse(JSON.parse(bodyAsText ?? ''));
  } catch (error) {
    throw toRemediationError(error, what);
  }
}
