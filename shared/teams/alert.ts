import type { JsonObject } from '../contract/json.ts';
import type { Severity } from '../contract/observation.ts';
import type { SigningKey } from '../azure/signing-key.ts';
import { timestamp, type Clock } from '../clock.ts';
import { sha256 } from '../ledger/format/json.ts';

/** A matter that people have to be told about beside Teams. Times are ISO 8601. */
export interface Alert {
  /** The same id for `Fired` and `Resolved` of one matter. */
  readonly id: string;
  /** The name of the rule that fired. */
  readonly rule: string;
  readonly severity: Severity;
  readonly condition: 'Fired' | 'Resolved';
  readonly firedAt: string;
  readonly resolvedAt?: string;
  /** ARM ids. */
  readonly targets: readonly string[];
  readonly description: string;
  /** Our own details: case, control, reason, owner, due time, link. */
  readonly context: JsonObject;
}

const severities = { critical: 'Sev0', high: 'Sev1', medium: 'Sev2', low: 'Sev3' } as const;

/** The alert in the common alert schema of Azure Monitor, which alert receivers already understand. */
export function alertBody(alert: Alert): string {
  const { id, rule, severity, condition, firedAt, resolvedAt, targets, description, context } = alert;
  return JSON.stringify({
    schemaId: 'azureMonitorCommonAlertSchema',
    data: {
      essentials: {
        alertId: id,
        alertRule: rule,
        severity: severities[severity],
        signalType: 'Log',
        monitorCondition: condition,
        monitoringService: 'Leakstop',
        alertTargetIDs: targets,
        originAlertId: id,
        firedDateTime: firedAt,
        ...(resolvedAt === undefined ? {} : { resolvedDateTime: resolvedAt }),
        description,
        essentialsVersion: '1.0',
        alertContextVersion: '1.0',
      },
      alertContext: context,
    },
  });
}

/** The header that carries the signature. */
export const signatureHeader = 'leakstop-signature';
const signatureType = 'leakstop-alert+jwt';

/**
 * A compact JWS (RFC 7515, ES256) over the id and time of a message and the SHA-256 of its body. With the public key,
 * the receiver can tell who sent the message, and if it is old.
 * @throws RemediationError when the key is not available
 */
export async function signatureOf(
  key: Pick<SigningKey, 'sign' | 'currentKeyId'>,
  clock: Clock,
  id: string,
  body: string,
): Promise<string> {
  const payload = encoded({ id, time: timestamp(clock), sha256: sha256(body) });
  let keyId = await key.currentKeyId();
  // The key may get a new version between the two calls: the header then has to name the new one.
  for (let attempt = 0; ; attempt += 1) {
    const text = `${encoded({ alg: 'ES256', typ: signatureType, kid: keyId })}.${payload}`;
    const signed = await key.sign(text);
    if (signed.keyId === keyId || attempt >= 2) {
      return `${text}.${signed.value}`;
    }
    keyId = signed.keyId;
  }
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
