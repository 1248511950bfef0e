import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { Problem } from '../shared/api/schemas.ts';
import { RemediationError } from '../shared/errors.ts';
import { safeCause } from '../shared/text/safe-cause.ts';
import { httpsEndpoint } from './options.ts';

/** Address of the API, and the registration that its tokens are for. */
export interface ApiPlace {
  readonly url: string;
  readonly clientId: string;
}

/** A refusal by the API, with its reason. */
export class ApiRefusal extends RemediationError {
  readonly problem: Problem;

  constructor(what: string, problem: Problem, retryAfter: string | null) {
    const advice = problem.code === 'unavailable' ? `; try again in ${Number(retryAfter) || 10} seconds` : '';
    const why = problem.detail.startsWith('Cannot ') ? problem.detail : `Cannot ${what}: ${problem.detail}`;
    super('request-refused', `${why}${advice}`);
    this.problem = problem;
  }
}

/** A part of a chain. `next` is the sequence at which the next part begins. */
export interface DownloadedPage {
  readonly text: string;
  readonly next: number | undefined;
  /** Sequence of the last entry of the chain. */
  readonly end: number;
}

/** Calls the API with the login of whoever runs the command. `what` completes "Cannot ...". */
export interface ApiClient {
  /** @throws ApiRefusal, or RemediationError for an answer that is not Leakstop's */
  get<T>(what: string, path: string, schema: z.ZodType<T>): Promise<T>;
  post<T>(what: string, path: string, body: object, schema: z.ZodType<T>): Promise<T>;
  page(what: string, path: string): Promise<DownloadedPage>;
  /** The unparsed text of an answer. */
  text(what: string, path: string): Promise<string>;
}

export type OpenApi = (place: ApiPlace, signal: AbortSignal) => Promise<ApiClient>;

/** Gets a token for a scope. @throws RemediationError `identity-unavailable` */
export type GetToken = (scope: string) => Promise<string>;

interface PlaceOptions {
  readonly api?: string;
  readonly clientId?: string;
}

/** Adds the options by which a command finds the API. */
export function withApi(command: Command): Command {
  return command
    .addOption(new Option('--api <url>', 'where the service is').env('LEAKSTOP_WEB_URL'))
    .addOption(
      new Option('--client-id <id>', "application id of the service's registration in Entra").env(
        'LEAKSTOP_WEB_CLIENT_ID',
      ),
    );
}

/** Help text for those commands. */
export const apiHelp = `
Calls the service with your own login (Azure CLI, environment or managed identity). Where it is: --api and --client-id, or
LEAKSTOP_WEB_URL and LEAKSTOP_WEB_CLIENT_ID.`;

/** The place that the options name, else the environment. `otherwise` names the caller's alternative to the API. */
export function apiPlace(
  options: PlaceOptions,
  environment: Readonly<Record<string, string | undefined>>,
  command: Command,
  otherwise = '',
): ApiPlace {
  const url = options.api ?? environment.LEAKSTOP_WEB_URL;
  const clientId = options.clientId ?? environment.LEAKSTOP_WEB_CLIENT_ID;
  if (url === undefined || clientId === undefined) {
    return command.error(
      `error: say where the service is: --api and --client-id, or LEAKSTOP_WEB_URL and LEAKSTOP_WEB_CLIENT_ID${otherwise}`,
    );
  }
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(clientId)) {
    command.error('error: --client-id: expected the application id of the registration, a GUID');
  }
  return { url: httpsEndpoint(url, command), clientId };
}

/** Longest time for one call: the service answers within 230 seconds. */
const callMs = 240_000;

/** A client that asks for its token once a command. */
export function apiWith(getToken: GetToken, fetch: typeof globalThis.fetch): OpenApi {
  return async ({ url, clientId }, signal) => {
    const token = await getToken(`api://${clientId}/.default`);
    const call = async (what: string, path: string, body?: object): Promise<Response> => {
      const response = await answerOf(what, signal, () =>
        fetch(`${url}${path}`, {
          method: body === undefined ? 'GET' : 'POST',
          headers: {
            authorization: `Bearer ${token}`,
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          // The token must go to the named place only.
          redirect: 'error',
          signal: AbortSignal.any([signal, AbortSignal.timeout(callMs)]),
        }),
      );
      if (!response.ok) {
        throw await refusalOf(what, response);
      }
      return response;
    };
    const read = async <T>(what: string, response: Response, schema: z.ZodType<T>): Promise<T> => {
      const result = schema.safeParse(await response.json().catch(() => undefined));
      if (!result.success) {
        throw foreign(what, response.status);
      }
      return result.data;
    };
    return {
      get: async (what, path, schema) => read(what, await call(what, path), schema),
      post: async (what, path, body, schema) => read(what, await call(what, path, body), schema),
      text: async (what, path) => {
        const response = await call(what, path);
        return answerOf(what, signal, () => response.text());
      },
      page: async (what, path) => {
        const response = await call(what, path);
        const next = response.headers.get('leakstop-next');
        const end = Number(response.headers.get('leakstop-end') ?? Number.NaN);
        if (!Number.isSafeInteger(end)) {
          throw foreign(what, response.status);
        }
        return {
          text: await answerOf(what, signal, () => response.text()),
          next: next === null ? undefined : Number(next),
          end,
        };
      },
    };
  };
}

async function answerOf<T>(what: string, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new RemediationError(
      'azure-unavailable',
      `Cannot ${what}: no answer from the service: ${safeCause(cause).message}`,
    );
  }
}

async function refusalOf(what: string, response: Response): Promise<RemediationError> {
  const problem = Problem.safeParse(await response.json().catch(() => undefined));
  return problem.success
    ? new ApiRefusal(what, problem.data, response.headers.get('retry-after'))
    : foreign(what, response.status);
}

function foreign(what: string, status: number): RemediationError {
  return new RemediationError(
    'malformed-input',
    `Cannot ${what}: what answers (${status}) is not Leakstop: look at --api`,
  );
}

/** Gets tokens with the login of whoever runs the command. The SDK loads here. */
export const tokenOfCaller: GetToken = async (scope) => {
  const { DefaultAzureCredential } = await import('@azure/identity');
  try {
    return (await new DefaultAzureCredential().getToken(scope)).token;
  } catch (error) {
    throw new RemediationError('identity-unavailable', safeCause(error).message);
  }
};
