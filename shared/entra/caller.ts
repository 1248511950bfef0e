/** App roles of the service's registration in Microsoft Entra. */
export const roles = [
  'Leakstop.Approver',
  'Leakstop.RiskOwner',
  'Leakstop.Auditor',
  'Leakstop.Operator',
] as const;
export type Role = (typeof roles)[number];

/** Who calls, as a verified token says. */
export interface Caller {
  /** An app that calls for itself may read, and never decides. */
  readonly kind: 'person' | 'app';
  /** Object id in Microsoft Entra, lower case. */
  readonly objectId: string;
  readonly tenantId: string;
  /** Client id of the app through which the caller acts, or which the caller is. */
  readonly appId?: string;
  /** For readers; it grants nothing. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** Object ids of groups, lower case. */
  readonly groups: readonly string[];
  /** False where the token holds too few of the groups to tell (`_claim_names`). */
  readonly hasAllGroups: boolean;
}

/** What a token is used for: a session of the pages (an ID token), or a call of the API (an access token). */
export type TokenUse = 'session' | 'api';

export type TokenCheck =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | {
      readonly kind: 'refused';
      readonly reason:
        | 'missing'
        | 'malformed'
        | 'signature'
        | 'expired'
        | 'not-yet'
        | 'issuer'
        | 'audience'
        | 'tenant'
        | 'no-role';
      /** For the caller; holds nothing of the token. */
      readonly message: string;
    }
  /** The tenant's keys cannot be had: nobody gets in until they can. */
  | { readonly kind: 'unavailable'; readonly message: string };

/** Verifies tokens of the tenant. Never throws. */
export interface TokenVerifier {
  verify(token: string, use: TokenUse): Promise<TokenCheck>;
}
