import { z } from 'zod';
import { defined } from '../defined.ts';
import { type Caller, type Role, roles, type TokenUse } from './caller.ts';

const guid = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
  .toLowerCase();

/**
 * The claims that are read from a token of version 2.0:
 * https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference and id-token-claims-reference.
 */
const Claims = z.looseObject({
  ver: z.literal('2.0'),
  oid: guid,
  tid: guid,
  iat: z.number(),
  nbf: z.number(),
  exp: z.number(),
  roles: z.array(z.string()).max(1_000).default([]),
  groups: z.array(guid).max(1_000).default([]),
  hasgroups: z.unknown().optional(),
  _claim_names: z.looseObject({ groups: z.unknown().optional() }).optional(),
  name: z.string().optional(),
  preferred_username: z.string().optional(),
  azp: guid.optional(),
  scp: z.string().optional(),
  idtyp: z.string().optional(),
  nonce: z.string().min(1).optional(),
});
export type Claims = z.infer<typeof Claims>;

/**
 * The one scope of the registration. If the registration ever offers another scope, a token for that one opens
 * nothing here.
 */
export const ownScope = 'access_as_user';

/** The claims of a verified payload, or their fault, which names claims but never holds their values. */
export function readClaims(payload: unknown): { readonly claims: Claims } | { readonly fault: string } {
  const result = Claims.safeParse(payload);
  if (result.success) {
    return { claims: result.data };
  }
  const [issue] = result.error.issues;
  return { fault: `the claim "${String(issue?.path[0] ?? '')}" is missing, or not what Entra writes there` };
}

/**
 * Why a token does not fit its use, or undefined if it does. Both kinds have our client id as audience, so their
 * other claims distinguish them: an ID token must hold the nonce of a sign-in, an access token the app that asked for
 * it (`azp`). An app's token for a person has `scp`; its token for itself has none, or says `idtyp` "app".
 */
export function misuse({ nonce, scp, azp, idtyp }: Claims, use: TokenUse): string | undefined {
  if (use === 'session') {
    return nonce === undefined || scp !== undefined || idtyp === 'app'
      ? 'expected an ID token, with a nonce and without scopes'
      : undefined;
  }
  if (nonce !== undefined || azp === undefined) {
    return 'expected an access token, with "azp" and without a nonce';
  }
  if (scp !== undefined && idtyp === 'app') {
    return 'expected either the scopes of a person or "idtyp" app, not both';
  }
  return scp === undefined || scp.split(' ').includes(ownScope)
    ? undefined
    : `expected the scope "${ownScope}" in "scp"`;
}

/** The caller behind the claims. An app keeps only a reader's role: only people decide. */
export function callerOf(claims: Claims, use: TokenUse): Caller {
  const { oid, tid, azp, scp, groups } = claims;
  const kind = use === 'api' && scp === undefined ? 'app' : 'person';
  const held = roles.filter((role) => claims.roles.includes(role));
  const hasAllGroups = claims._claim_names?.groups === undefined && (claims.hasgroups ?? false) === false;
  return {
    kind,
    objectId: oid,
    tenantId: tid,
    ...defined({ appId: azp }),
    name: nameOf(claims, kind),
    roles: kind === 'app' ? held.filter((role) => forApps.includes(role)) : held,
    groups: hasAllGroups ? groups : [],
    hasAllGroups,
  };
}

const forApps: readonly Role[] = ['Leakstop.Auditor'];
const longestName = 200;

function nameOf({ oid, azp, name, preferred_username: userName }: Claims, kind: Caller['kind']): string {
  const known = name ?? userName ?? (kind === 'app' ? `app ${azp ?? oid}` : oid);
  return known.slice(0, longestName).toWellFormed();
}
