import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import { jsonOf } from '../text/json-text.ts';
import { sha256Pattern } from '../ledger/format/json.ts';

/** The subject of a link in a card. The link opens a page and grants nothing: the page asks who may decide. */
export interface LinkClaims {
  readonly caseId: string;
  /** In lower case. */
  readonly subscription: string;
  /** Hash of the proposal that the card showed. */
  readonly proposal: string;
  readonly expires: Date;
}

export interface LinkSigner {
  /** Returns a compact JWS (RFC 7515) with ES256. @throws RemediationError when the key cannot be read */
  sign(claims: LinkClaims): Promise<string>;
}

export type LinkCheck =
  | { readonly kind: 'valid'; readonly claims: LinkClaims }
  | {
      readonly kind: 'refused';
      readonly reason: 'malformed' | 'signature' | 'expired' | 'unknown-key';
      readonly message: string;
      /** The claims of a genuine link that has expired. */
      readonly claims?: LinkClaims;
    };

export interface LinkVerifier {
  /** @throws RemediationError when the key cannot be read */
  verify(token: string): Promise<LinkCheck>;
}

/** Signs a text with ES256. `value` is r and s in base64url; `keyId` names the version that signed. */
type Sign = (text: string) => Promise<{ readonly keyId: string; readonly value: string }>;

const type = 'leakstop-link+jwt';
const longestToken = 4_096;
/** More new versions of the key than this, while one link is signed, are a fault of the vault. */
const mostTurns = 2;

const Payload = z.strictObject({
  case: z.string().min(1).max(100),
  subscription: z.guid(),
  proposal: z.string().regex(sha256Pattern),
  exp: z.int().positive(),
});

/**
 * Signs links with a key that stays in its vault. The header names the version of the key, which must be known before
 * the text is signed: `currentKeyId` returns it.
 */
export function openLinkSigner(key: {
  readonly sign: Sign;
  readonly currentKeyId: () => Promise<string>;
}): LinkSigner {
  return {
    async sign({ caseId, subscription, proposal, expires }) {
      const payload = {
        case: caseId,
        subscription: subscription.toLowerCase(),
        proposal,
        exp: Math.floor(expires.getTime() / 1_000),
      };
      // The key may get a new version between the two calls: the header then has to name that version.
      for (let keyId = await key.currentKeyId(), attempt = 0; ; attempt += 1) {
        const header = { alg: 'ES256', typ: type, kid: keyId };
        const text = `${encoded(header)}.${encoded(payload)}`;
        const signed = await key.sign(text);
        if (signed.keyId === keyId) {
          return `${text}.${signed.value}`;
        }
        if (attempt >= mostTurns) {
          throw new RemediationError(
            'resource-changed',
            'Cannot sign a link: its key keeps getting new versions',
          );
        }
        keyId = signed.keyId;
      }
    },
  };
}

/** Verifies links with the public key of the version that signed: two versions are valid during a roll-over. */
export function openLinkVerifier(
  key: { readonly publicKey: (keyId: string) => Promise<KeyObject | undefined> },
  clock: Clock,
): LinkVerifier {
  return {
    async verify(token) {
      const { compactVerify, decodeProtectedHeader } = await import('jose');
      const keyId = token.length > longestToken ? undefined : keyIdOf(token, decodeProtectedHeader);
      if (keyId === undefined) {
        return refused('malformed', 'The link is not complete: open it from the card again');
      }
      const publicKey = await key.publicKey(keyId);
      if (publicKey === undefined) {
        return refused(
          'unknown-key',
          'The link was signed with a key that is not known, or no longer in use',
        );
      }
      const payload = await compactVerify(token, publicKey, { algorithms: ['ES256'] }).then(
        ({ payload: bytes }) => Payload.safeParse(jsonOf(new TextDecoder().decode(bytes))),
        () => undefined,
      );
      if (payload === undefined) {
        return refused('signature', 'The link was changed after it was made: open it from the card again');
      }
      if (!payload.success) {
        return refused('malformed', 'The link is not complete: open it from the card again');
      }
      const { case: caseId, subscription, proposal, exp } = payload.data;
      const claims = { caseId, subscription, proposal, expires: new Date(exp * 1_000) };
      return claims.expires <= clock.now()
        ? { ...refused('expired', 'The link has expired'), claims }
        : { kind: 'valid', claims };
    },
  };
}

function refused(reason: Extract<LinkCheck, { kind: 'refused' }>['reason'], message: string) {
  return { kind: 'refused', reason, message } as const;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function keyIdOf(
  token: string,
  decodeProtectedHeader: (token: string) => { typ?: string; kid?: string; alg?: string },
): string | undefined {
  try {
    const { typ, kid, alg } = decodeProtectedHeader(token);
    return typ === type && alg === 'ES256' ? kid : undefined;
  } catch {
    return undefined;
  }
}
