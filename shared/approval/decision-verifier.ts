import { type KeyObject, verify } from 'node:crypto';
import type { Logger } from '../telemetry/logger.ts';
import { safeCause } from '../text/safe-cause.ts';
import type { CheckedDecision } from './rules.ts';
import type { SignedDecision } from '../case/decision.ts';
import { signedText } from '../case/decision.ts';

/** Checks that the web app signed a decision: write access to the table is not enough to decide. */
export interface DecisionVerifier {
  /**
   * Never throws. `unknown`: the key cannot be read now, so the decision does not count, but is not voided either.
   */
  check(signed: SignedDecision): Promise<CheckedDecision['signature']>;
}

/** Checks a signature of the web app on a text. Never throws; `unknown`: the key cannot be read now. */
export type SignatureCheck = (
  text: string,
  signature: SignedDecision['signature'],
) => Promise<CheckedDecision['signature']>;

interface PublicKeys {
  readonly publicKey: (keyId: string) => Promise<KeyObject | undefined>;
}

export function openDecisionVerifier(key: PublicKeys, logger: Pick<Logger, 'warning'>): DecisionVerifier {
  const check = openSignatureCheck(key, logger);
  return { check: ({ decision, signature }) => check(signedText(decision), signature) };
}

export function openSignatureCheck(key: PublicKeys, logger: Pick<Logger, 'warning'>): SignatureCheck {
  return async (text, signature) => {
    try {
      const publicKey = await key.publicKey(signature.keyId);
      const isGenuine =
        publicKey !== undefined &&
        verify(
          'sha256',
          Buffer.from(text),
          { key: publicKey, dsaEncoding: 'ieee-p1363' },
          Buffer.from(signature.value, 'base64url'),
        );
      return isGenuine ? 'genuine' : 'forged';
    } catch (error) {
      logger.warning('A decision cannot be verified now', { reason: safeCause(error).message });
      return 'unknown';
    }
  };
}

/** A verifier for setups in which nobody decides: every decision counts as forged. */
export const noDecisions: DecisionVerifier = { check: () => Promise.resolve('forged') };
