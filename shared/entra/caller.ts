/** App roles of the service's registration in Microsoft Entra. */
export const roles = [
  'Leakstop.Approver',
  'Leakstop.RiskOwner',
  'Leakstop.Auditor',
  'Leakstop.Operator',
] as const;
export type Role = (typeof roles)[number];

/** The caller, as a verified token tells. */
export interface Caller {
  /** An app that calls for itself may read, and never decides. */
  readonly kind: 'person' | 'app';
  /** Object id in Microsoft Entra, in lower case. */
  readonly objectId: string;
  readonly tenantId: string;
  /** Client id of the app through which the caller acts, or which the caller is. */
  readonly appId?: string;
  /** Name for readers; it grants nothing. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** Object ids of groups, in lower case. */
  readonly groups: readonly string[];
  /** False if the token does not list all of the caller's groups (`_claim_names`). */
  readonly hasAllGroups: boolean;
}

/** The use of a token: a session of the pages (an ID token), or a call of the API (an access token). */
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
      /** Text for the caller; holds nothing of the token. */
      readonly message: string;
    }
  /** The tenant's keys cannot be read: nobody gets in until they can. */
  | { readonly kind: 'unavailable'; readonly message: string };

/** Verifies tokens of the tenant. Never throws. */
export interface TokenVerifier {
  verify(token: string, use: TokenUse): Promise<TokenCheck>;
}
