import { randomUUID } from 'node:crypto';
import { createServer } from 'node:https';
import type { FaultRegistry } from '../faults.ts';
import type { Tls } from '../tls.ts';
import type { WholeAnswer, WholeRequest } from '../wire/faulty-server.ts';
import { faultyListener } from '../wire/faulty-server.ts';
import { close, listen } from '../wire/listening.ts';
import type { AppRegistration } from './app-registrations.ts';
import { AppRegistrations } from './app-registrations.ts';
import { destinationOf, readAuthorizeRequest } from './authorize-request.ts';
import { checkClient } from './client-assertion.ts';
import { Codes } from './codes.ts';
import { discoveryDocument } from './discovery.ts';
import { LoginError, missing } from './login-error.ts';
import type { Principal, PrincipalRegistry } from './principals.ts';
import { messagePage, signInPage } from './sign-in-page.ts';
import type { IssuedToken, TokenIssuer } from './tokens.ts';
import type { V2Wish } from './v2-tokens.ts';
import { tokenExchange, V2Tokens } from './v2-tokens.ts';

/** The login endpoint of the tenant, and the apps that are registered in it. */
export interface Entra {
  /** Such as `https://127.0.0.1:40001`, without a slash at the end. */
  readonly loginUrl: string;
  readonly apps: AppRegistrations;
  /** A token for a resource: of version 2.0 for registered apps and for token exchange, else of version 1.0. */
  mint(principal: Principal, resource: string): Promise<IssuedToken>;
  /** A token for a registered app; what it must not be, such as expired or signed by a stranger, can be wished for. */
  mintFor(app: AppRegistration, principal: Principal, wish: V2Wish): Promise<string>;
  stop(): Promise<void>;
}

export interface EntraOptions {
  readonly tls: Tls;
  readonly issuer: TokenIssuer;
  readonly principals: PrincipalRegistry;
  readonly faults: FaultRegistry;
  readonly port?: number;
}

/** Starts the login endpoint on a loopback port. */
export async function startEntra(options: EntraOptions): Promise<Entra> {
  const { tls, issuer, principals, faults, port } = options;
  const apps = new AppRegistrations();
  const tokens = new V2Tokens(issuer);
  const parts: Parts = { issuer, principals, apps, tokens, codes: new Codes(issuer.now) };
  const server = createServer(
    { cert: tls.cert, key: tls.key },
    faultyListener(
      faults,
      () => 'login',
      (request) => answer(request, parts),
    ),
  );
  // Not `localhost`, where apps run: the way from here to an app is to another site, as it is in Azure.
  tokens.loginUrl = `https://127.0.0.1:${await listen(server, port)}`;
  return {
    loginUrl: tokens.loginUrl,
    apps,
    mint: (principal, resource) => {
      const app = apps.find(resource);
      if (app !== undefined) {
        return tokens.mint(principal, app, { use: 'api' });
      }
      return resource.replace(/\/+$/, '') === tokenExchange
        ? tokens.mintForExchange(principal)
        : issuer.mint(principal, resource);
    },
    mintFor: async (app, principal, wish) => (await tokens.mint(principal, app, wish)).token,
    stop: () => close(server),
  };
}

interface Parts {
  readonly issuer: TokenIssuer;
  readonly principals: PrincipalRegistry;
  readonly apps: AppRegistrations;
  readonly tokens: V2Tokens;
  readonly codes: Codes;
}

async function answer(request: WholeRequest, parts: Parts): Promise<WholeAnswer> {
  const { issuer, tokens } = parts;
  const [, tenant = '', ...rest] = request.url.pathname.split('/');
  if (tenant.toLowerCase() !== issuer.tenantId.toLowerCase()) {
    const error = new LoginError('invalid_tenant', 90002, `Tenant '${tenant}' not found.`);
    return json(400, error.body(new Date(issuer.now())));
  }
  switch (`${request.method} ${rest.join('/')}`) {
    case 'GET v2.0/.well-known/openid-configuration':
      return json(200, discoveryDocument(tokens.loginUrl, issuer.tenantId));
    case 'GET discovery/v2.0/keys':
      return json(200, await issuer.keySet());
    case 'GET oauth2/v2.0/authorize':
    case 'POST oauth2/v2.0/authorize':
      return authorize(request, parts);
    case 'POST oauth2/v2.0/token':
      return redeem(new URLSearchParams(request.body.toString('utf8')), parts);
    case 'GET oauth2/v2.0/logout':
      return html(200, messagePage('You signed out of your account', ''));
    default:
      return { status: 404 };
  }
}

/** Shows who there is to be, and sends whoever was picked back to the app. */
function authorize({ url, body, method }: WholeRequest, parts: Parts): WholeAnswer {
  const query = url.searchParams;
  try {
    const destination = destinationOf(query, parts.apps);
    const back = (parameters: Readonly<Record<string, string>>) =>
      redirect(destination.redirectUri, { ...parameters, state: query.get('state') ?? '' });
    try {
      const request = readAuthorizeRequest(query, destination);
      const people = parts.principals.list().filter(({ kind }) => kind === 'User');
      const form = new URLSearchParams(method === 'POST' ? body.toString('utf8') : '');
      if (form.has('cancel')) {
        throw new LoginError('access_denied', 65004, 'User declined to sign in.');
      }
      const principal = people.find(({ objectId }) => objectId === form.get('principal'));
      return principal === undefined
        ? html(200, signInPage(request.app, people))
        : back({ code: parts.codes.issue({ request, principal }), session_state: randomUUID() });
    } catch (error) {
      const { error: code, message } = asLoginError(error);
      return back({ error: code, error_description: message });
    }
  } catch (error) {
    return html(
      400,
      messagePage('Sorry, but we’re having trouble signing you in', asLoginError(error).message),
    );
  }
}

/** Hands out an ID token and an access token for a code. */
async function redeem(form: URLSearchParams, parts: Parts): Promise<WholeAnswer> {
  const { apps, codes, issuer, tokens } = parts;
  try {
    const clientId = form.get('client_id') ?? '';
    const app = apps.find(clientId);
    if (app === undefined) {
      throw new LoginError('unauthorized_client', 700016, `Application '${clientId}' was not found.`);
    }
    if (form.get('grant_type') !== 'authorization_code') {
      throw new LoginError('unsupported_grant_type', 70003, 'The app requested an unsupported grant type.');
    }
    await checkClient(form, app, {
      keys: await issuer.keySet(),
      issuer: tokens.issuerUrl,
      now: new Date(issuer.now()),
    });
    const [code = '', redirectUri = '', verifier = ''] = ['code', 'redirect_uri', 'code_verifier'].map(
      (name) => {
        const value = form.get(name);
        if (value === null || value === '') {
          throw missing(name);
        }
        return value;
      },
    );
    const { principal, request } = codes.redeem(code, clientId, redirectUri, verifier);
    const idToken = await tokens.mint(principal, app, { use: 'session', nonce: request.nonce });
    const accessToken = await tokens.mint(principal, app, { use: 'api' });
    return json(200, {
      token_type: 'Bearer',
      scope: 'openid profile',
      expires_in: accessToken.expiresOn - Math.floor(issuer.now() / 1000),
      access_token: accessToken.token,
      id_token: idToken.token,
    });
  } catch (error) {
    const refusal = asLoginError(error);
    return json(refusal.status, refusal.body(new Date(issuer.now())));
  }
}

function asLoginError(error: unknown): LoginError {
  if (error instanceof LoginError) {
    return error;
  }
  throw error;
}

const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' };

function json(status: number, body: object): WholeAnswer {
  return {
    status,
    headers: { ...noStore, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  };
}

function html(status: number, body: string): WholeAnswer {
  const headers = {
    ...noStore,
    'content-type': 'text/html; charset=utf-8',
    'x-frame-options': 'DENY',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  };
  return { status, headers, body };
}

function redirect(uri: string, parameters: Readonly<Record<string, string>>): WholeAnswer {
  const location = new URL(uri);
  for (const [name, value] of Object.entries(parameters)) {
    location.searchParams.set(name, value);
  }
  return { status: 302, headers: { ...noStore, location: location.href } };
}
