import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { planFaults } from '../arm/fault-effects.ts';
import { FaultRegistry } from '../faults.ts';
import type { Principal } from './principals.ts';
import type { IssuedToken } from './tokens.ts';

/** An app that identities are assigned to: its code can use them, and no others. */
export interface IdentityHost {
  /** Used where no identity is named. */
  readonly systemAssigned?: Principal | undefined;
  readonly userAssigned: readonly Principal[];
  /** Secret that the platform gives to the app. */
  readonly header: string;
}

/** Whoever makes tokens for resources. */
export interface TokenSource {
  mint(principal: Principal, resource: string): Promise<IssuedToken>;
}

export interface IdentityEndpoint {
  readonly listener: RequestListener;
  /** Registers an app; the secret in the answer lets it ask for tokens of its identities. */
  addHost(identities: {
    readonly systemAssigned?: Principal;
    readonly userAssigned?: readonly Principal[];
  }): IdentityHost;
  /** Number of tokens handed out so far. */
  readonly issued: () => number;
}

/** Path of the App Service form, version 2019-08-01. */
export const tokenPath = '/msi/token';

/** Path of the older forms: the secret in it stands for the app where the form has no header for it. */
export function legacyTokenPath(host: IdentityHost): string {
  return `/msi/${host.header}/token`;
}

/** Makes the endpoint at which apps on this machine get tokens for their managed identities. */
export function createIdentityEndpoint(parts: {
  readonly issuer: TokenSource;
  readonly faults?: FaultRegistry;
}): IdentityEndpoint {
  const hosts: IdentityHost[] = [];
  const { issuer, faults = new FaultRegistry() } = parts;
  let issued = 0;
  const handle = async (request: TokenRequest): Promise<TokenAnswer> => {
    const answer = await answerTokenRequest(request, { hosts, issuer });
    issued += answer.status === 200 ? 1 : 0;
    return answer;
  };
  return {
    listener: (incoming, outgoing) => {
      serve(incoming, outgoing, faults, handle).catch((error: unknown) => outgoing.destroy(error as Error));
    },
    addHost: ({ systemAssigned, userAssigned = [] }) => {
      const host = { systemAssigned, userAssigned, header: randomBytes(16).toString('hex').toUpperCase() };
      hosts.push(host);
      return host;
    },
    issued: () => issued,
  };
}

interface TokenRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly form: URLSearchParams;
}

interface TokenAnswer {
  readonly status: number;
  readonly body: unknown;
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  faults: FaultRegistry,
  handle: (request: TokenRequest) => Promise<TokenAnswer>,
): Promise<void> {
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  const method = incoming.method ?? 'GET';
  const plan = planFaults(faults.meet('identity', method, `${url.pathname}${url.search}`));
  const form = new URLSearchParams(await readText(incoming));
  await wait(plan.delayMs);
  const answer = plan.isDroppedBefore
    ? undefined
    : (plan.answer ?? (await handle({ method, url, headers: incoming.headers, form })));
  if (answer === undefined || plan.isDroppedAfter) {
    incoming.socket.destroy();
    return;
  }
  await wait(plan.hangMs);
  outgoing.writeHead(answer.status, {
    'content-type': 'application/json; charset=utf-8',
    ...plan.answer?.headers,
  });
  outgoing.end(JSON.stringify(answer.body));
}

interface Directory {
  readonly hosts: readonly IdentityHost[];
  readonly issuer: TokenSource;
}

async function answerTokenRequest(request: TokenRequest, directory: Directory): Promise<TokenAnswer> {
  const form = formOf(request);
  const host = form && directory.hosts.find(({ header }) => header === form.secret);
  if (form === undefined || host === undefined) {
    return refusal(401, 'The request is not authorized: the secret of the endpoint is missing or wrong.');
  }
  if (form.resource === '') {
    return refusal(400, 'The resource parameter is missing.');
  }
  const principal = form.identity === undefined ? host.systemAssigned : findAssigned(host, form.identity);
  if (principal === undefined) {
    return refusal(
      400,
      'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.',
    );
  }
  const token = await directory.issuer.mint(principal, form.resource);
  return { status: 200, body: tokenBody(token, principal, form.kind) };
}

/** The three forms in which apps ask: App Service, App Service before 2019, and the virtual machine extension. */
interface TokenForm {
  readonly kind: 'app-service' | 'app-service-2017' | 'extension';
  readonly secret: string;
  readonly resource: string;
  readonly identity: string | undefined;
}

function formOf(request: TokenRequest): TokenForm | undefined {
  return request.method === 'POST' ? extensionForm(request) : appServiceForm(request);
}

function extensionForm({ url, headers, form }: TokenRequest): TokenForm | undefined {
  const secret = /^\/msi\/(?<secret>[0-9A-F]+)\/token\/?$/i.exec(url.pathname)?.groups?.secret;
  return headers.metadata === 'true' && secret !== undefined
    ? { kind: 'extension', secret, resource: form.get('resource') ?? '', identity: identityIn(form) }
    : undefined;
}

function appServiceForm({ url: { searchParams: query }, headers }: TokenRequest): TokenForm | undefined {
  const version = query.get('api-version');
  const isOld = version === '2017-09-01';
  const secret = one(isOld ? headers.secret : headers['x-identity-header']);
  if (secret === undefined || (!isOld && version !== '2019-08-01')) {
    return undefined;
  }
  const kind = isOld ? 'app-service-2017' : 'app-service';
  return { kind, secret, resource: query.get('resource') ?? '', identity: identityIn(query) };
}

const identityParameters = ['client_id', 'clientid', 'principal_id', 'object_id', 'mi_res_id', 'msi_res_id'];

function identityIn(parameters: URLSearchParams): string | undefined {
  return identityParameters.map((name) => parameters.get(name)).find((value) => value !== null) ?? undefined;
}

function findAssigned(host: IdentityHost, reference: string): Principal | undefined {
  const assigned = [
    ...host.userAssigned,
    ...(host.systemAssigned === undefined ? [] : [host.systemAssigned]),
  ];
  return assigned.find(({ clientId, objectId, resourceId }) =>
    [clientId, objectId, resourceId].some((name) => name?.toLowerCase() === reference.toLowerCase()),
  );
}

function tokenBody(
  issued: IssuedToken,
  principal: Principal,
  kind: TokenForm['kind'],
): Record<string, string> {
  return {
    access_token: issued.token,
    expires_on: kind === 'app-service-2017' ? legacyTime(issued.expiresOn) : String(issued.expiresOn),
    not_before: String(issued.notBefore),
    resource: issued.resource,
    token_type: 'Bearer',
    client_id: principal.clientId,
  };
}

/** Such as `11/05/2021 15:18:31 +00:00`. */
function legacyTime(seconds: number): string {
  const [date = '', time = ''] = new Date(seconds * 1000).toISOString().split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  return `${month}/${day}/${year} ${time.slice(0, 8)} +00:00`;
}

function refusal(status: number, message: string): TokenAnswer {
  return { status, body: { statusCode: status, message, correlationId: crypto.randomUUID() } };
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) {
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString();
}
