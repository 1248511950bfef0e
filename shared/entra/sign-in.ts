import type { ClientAuth, Configuration } from 'openid-client';
import { z } from 'zod';
import { safeCause } from '../text/safe-cause.ts';
import type { Logger } from '../telemetry/logger.ts';

/** Sign-in of a person: OpenID Connect, authorization code with PKCE, and no secret of ours. */
export interface SignIn {
  /**
   * Returns the address for the browser, and the memory that it has to bring back. `to` is the page that was asked
   * for.
   */
  begin(to: string): Promise<BegunSignIn>;
  /** Completes a sign-in. `query` is that of the redirect; `memory` came from {@link begin}. Never throws. */
  complete(query: URLSearchParams, memory: string | undefined): Promise<SignedIn>;
}

export type BegunSignIn =
  | {
      readonly kind: 'begun';
      readonly location: string;
      /** Names the attempt, so that several tabs may sign in at once. */
      readonly attempt: string;
      /** Kept by the browser in a cookie that no script reads. */
      readonly memory: string;
    }
  | { readonly kind: 'unavailable' };

export type SignedIn =
  /** `session` is the ID token, which its verifier has yet to judge. */
  | { readonly kind: 'signed-in'; readonly session: string; readonly to: string }
  /** The answer belongs to no sign-in that this browser began, or to one that took too long. */
  | { readonly kind: 'stale' }
  /** Microsoft Entra refused. `code` is Entra's own, such as `access_denied`. */
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'unavailable' };

export interface SignInParts {
  readonly loginEndpoint: string;
  readonly tenantId: string;
  readonly clientId: string;
  /** Origin of the pages, https, without a trailing slash. */
  readonly webUrl: string;
  /**
   * A managed identity's token for `api://AzureADTokenExchange`, which replaces a secret. @throws if there is none
   */
  readonly clientAssertion: () => Promise<string>;
  readonly logger: Logger;
  readonly fetch?: typeof globalThis.fetch;
}

export const returnPath = '/sign-in/return';

const Memory = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  to: z.string(),
});

/** Entra's error codes (RFC 6749, OpenID Connect). Its free text is never shown: anybody can put that into a link. */
const codePattern = /^[a-z_]{1,64}$/;
const attemptLength = 12;

/** The name under which an answer's memory is kept, or undefined if the answer names none. */
export function attemptOf(query: URLSearchParams): string | undefined {
  const state = query.get('state') ?? '';
  return /^[A-Za-z0-9_-]{20,200}$/.test(state) ? state.slice(0, attemptLength) : undefined;
}

export function openSignIn(parts: SignInParts): SignIn {
  let known: Promise<Configuration> | undefined;
  /** The tenant's endpoints. A failed look-up is forgotten, so that the next one tries again. */
  const configuration = (): Promise<Configuration> => {
    known ??= discover(parts).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
  const redirectUri = `${parts.webUrl}${returnPath}`;

  return {
    async begin(to) {
      try {
        const client = await import('openid-client');
        const [state, nonce, verifier] = [
          client.randomState(),
          client.randomNonce(),
          client.randomPKCECodeVerifier(),
        ];
        const location = client.buildAuthorizationUrl(await configuration(), {
          redirect_uri: redirectUri,
          scope: 'openid profile',
          response_type: 'code',
          response_mode: 'query',
          state,
          nonce,
          code_challenge: await client.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        });
        const memory = Buffer.from(JSON.stringify({ state, nonce, verifier, to })).toString('base64url');
        return { kind: 'begun', location: location.href, attempt: state.slice(0, attemptLength), memory };
      } catch (error) {
        return unavailable(parts, error);
      }
    },
    async complete(query, memory) {
      const kept = readMemory(memory);
      if (kept?.state !== query.get('state')) {
        return { kind: 'stale' };
      }
      const refusal = query.get('error');
      if (refusal !== null) {
        const code = codePattern.test(refusal) ? refusal : 'unknown';
        parts.logger.warning('A sign-in was refused', { code });
        return { kind: 'refused', code };
      }
      return exchange(parts, configuration, new URL(`${redirectUri}?${query.toString()}`), kept);
    },
  };
}

async function discover({ loginEndpoint, tenantId, clientId, clientAssertion, fetch }: SignInParts) {
  const client = await import('openid-client');
  const withAssertion = async (body: URLSearchParams): Promise<void> => {
    body.set('client_id', clientId);
    body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    body.set('client_assertion', await clientAssertion());
  };
  // The library awaits the promise, though its types do not say so.
  const authentication: ClientAuth = (_server, _client, body) => withAssertion(body) as unknown as undefined;
  return client.discovery(
    new URL(`${loginEndpoint}/${tenantId}/v2.0/.well-known/openid-configuration`),
    clientId,
    undefined,
    authentication,
    fetch === undefined ? {} : { [client.customFetch]: fetch as never },
  );
}

async function exchange(
  parts: SignInParts,
  configuration: () => Promise<Configuration>,
  answer: URL,
  { state, nonce, verifier, to }: z.infer<typeof Memory>,
): Promise<SignedIn> {
  const client = await import('openid-client');
  try {
    const tokens = await client.authorizationCodeGrant(await configuration(), answer, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    });
    return tokens.id_token === undefined
      ? { kind: 'refused', code: 'no_id_token' }
      : { kind: 'signed-in', session: tokens.id_token, to };
  } catch (error) {
    if (error instanceof client.ResponseBodyError && error.status < 500) {
      const code = codePattern.test(error.error) ? error.error : 'unknown';
      // `invalid_client` means that the federated credential of the app registration is not set up right.
      parts.logger.error('Microsoft Entra did not redeem a sign-in', { code });
      return { kind: 'refused', code };
    }
    if (error instanceof client.ClientError && error.code?.startsWith('OAUTH_') === true) {
      const { code } = error;
      if (code === 'OAUTH_JWT_CLAIM_COMPARISON_FAILED' || code === 'OAUTH_INVALID_RESPONSE') {
        parts.logger.warning('The answer to a sign-in is not what was asked for', { code });
        return { kind: 'stale' };
      }
    }
    return unavailable(parts, error);
  }
}

function unavailable({ logger }: SignInParts, error: unknown): { readonly kind: 'unavailable' } {
  logger.error('Nobody can sign in: Microsoft Entra cannot be reached, or there is no client assertion', {
    reason: safeCause(error).message,
  });
  return { kind: 'unavailable' };
}

function readMemory(memory = ''): z.infer<typeof Memory> | undefined {
  try {
    return Memory.safeParse(JSON.parse(Buffer.from(memory, 'base64url').toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** A path of the pages to which a sign-in may lead; any other path becomes the first page. */
export function ownPath(path: string | null | undefined): string {
  const isOwn = path != null && path.length <= 1_500 && /^\/(?![/\\])[\x21-\x7e]*$/.test(path);
  return isOwn && !path.includes('\\') && !path.startsWith('/sign-') ? path : '/';
}
