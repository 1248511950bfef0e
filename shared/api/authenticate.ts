import type { MiddlewareHandler } from 'hono';
import type { Caller, TokenVerifier } from '../entra/caller.ts';
import type { ApiEnvironment } from './parts.ts';
import { CallRefusal, unavailable } from './problem.ts';

const realm = 'Bearer realm="leakstop"';

/**
 * Admits the caller that a token names. Only the header counts: a browser would send a cookie for any page that a
 * person visits.
 */
export function authenticate(tokens: TokenVerifier): MiddlewareHandler<ApiEnvironment> {
  return async (context, next) => {
    const header = context.req.header('authorization');
    if (header === undefined) {
      throw new CallRefusal(
        'no-token',
        'Cannot tell who calls: "Authorization": expected a bearer token',
        {},
        {
          'WWW-Authenticate': realm,
        },
      );
    }
    const [, token] = /^Bearer ([\w\-.~+/]+=*)$/i.exec(header) ?? [];
    if (token === undefined) {
      throw badToken('expected "Bearer" and a token');
    }
    context.set('caller', await callerOf(tokens, token));
    await next();
  };
}

async function callerOf(tokens: TokenVerifier, token: string): Promise<Caller> {
  const check = await tokens.verify(token, 'api');
  switch (check.kind) {
    case 'caller':
      return check.caller;
    case 'unavailable':
      throw unavailable(`Cannot tell who calls: ${check.message}`);
    case 'refused':
      throw check.reason === 'no-role'
        ? new CallRefusal(
            'no-role',
            `Cannot let you in: ${check.message}; ask for one where your accesses are kept`,
          )
        : badToken(check.message);
  }
}

function badToken(why: string): CallRefusal {
  return new CallRefusal(
    'bad-token',
    `Cannot tell who calls: "Authorization": ${why}`,
    {},
    {
      'WWW-Authenticate': `${realm}, error="invalid_token"`,
    },
  );
}
