import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { safeCause } from '../text/safe-cause.ts';

/** The tenant's keys cannot be read. That says nothing about the token. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

const Key = z.looseObject({
  kty: z.literal('RSA'),
  kid: z.string().min(1),
  // At least 2048 bits, as RS256 requires.
  n: z.string().regex(/^[\w-]{342,}$/),
  e: z.string().regex(/^[\w-]+$/),
  use: z.literal('sig').optional(),
  issuer: z.string().optional(),
});
const KeySet = z.looseObject({ keys: z.array(z.unknown()).max(200) });

/** Time for which keys count as known. Entra publishes a new key at least a day before it signs with it. */
const freshMs = 60 * 60_000;
/** Tokens that name an unknown key make us ask Entra again, at most once in this time. */
const cooldownMs = 30_000;
/** Time for which a failure is remembered, so that a flood of calls does not reach Entra. */
const failureMs = 1_000;
const timeoutMs = 5_000;

interface Known {
  readonly find: JWTVerifyGetKey;
  readonly at: number;
}

export interface KeySetOptions {
  readonly url: string;
  /** Keys that name another issuer are left out. */
  readonly issuer: string;
  readonly tenantId: string;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
}

/**
 * The keys with which a tenant signs, in the form that `jose` asks for.
 * @throws KeysUnavailable from the function if there are none, and jose's `JWKSNoMatchingKey` for a key that is not
 * the tenant's
 */
export function openKeySet(options: KeySetOptions): JWTVerifyGetKey {
  const { clock } = options;
  let known: Known | undefined;
  let failed: { readonly at: number; readonly error: KeysUnavailable } | undefined;
  let asking: Promise<Known> | undefined;
  const ask = (): Promise<Known> => {
    if (failed !== undefined && clock.now().getTime() - failed.at < failureMs) {
      return Promise.reject(failed.error);
    }
    asking ??= fetchKeys(options)
      .then(
        (keys) => (known = keys),
        (cause: unknown) => {
          const why = safeCause(cause);
          const error = new KeysUnavailable(`the keys of the tenant cannot be read: ${why.message}`);
          failed = { at: clock.now().getTime(), error };
          throw error;
        },
      )
      .finally(() => (asking = undefined));
    return asking;
  };
  return async (header, token) => {
    const find = async (keys: Known) => {
      try {
        return await keys.find(header, token);
      } catch (error) {
        throw isAboutToken(error) ? error : new KeysUnavailable('a key of the tenant cannot be used');
      }
    };
    const age = known === undefined ? Infinity : clock.now().getTime() - known.at;
    const current = known === undefined || age > freshMs ? await ask() : known;
    try {
      return await find(current);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || clock.now().getTime() - current.at < cooldownMs) {
        throw error;
      }
    }
    return find(await ask());
  };
}

function isAboutToken(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
}

async function fetchKeys({ url, issuer, tenantId, clock, fetch }: KeySetOptions): Promise<Known> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status !== 200) {
    throw new Error(`the answer is ${response.status}`);
  }
  const { keys } = KeySet.parse(await response.json());
  const own = keys.flatMap((each) => {
    // A key of a kind that we do not use is no fault of the others.
    const key = Key.safeParse(each);
    const whose = key.data?.issuer?.replace('{tenantid}', tenantId);
    return key.success && (whose === undefined || whose === issuer) ? [key.data] : [];
  });
  if (own.length === 0) {
    throw new Error('the answer holds no RSA key of the tenant');
  }
  return {
    find: createLocalJWKSet({ keys: own.map(({ kty, kid, n, e }) => ({ kty, kid, n, e, alg: 'RS256' })) }),
    at: clock.now().getTime(),
  };
}
