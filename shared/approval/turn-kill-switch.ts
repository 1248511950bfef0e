import type { Caller } from '../entra/caller.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { findSecret } from '../telemetry/secrets.ts';
import type { SwitchResult } from './decision-service.ts';

/** What turning the kill switch takes. */
export interface SwitchParts {
  readonly ledger: Ledger;
  /** Writes the blob of the kill switch. @throws RemediationError */
  readonly writeKillSwitch: (content: string) => Promise<void>;
}

/**
 * Turns the kill switch. Stopping comes before its record, so that nothing delays it; letting go comes after.
 * @throws RemediationError when it could not be written, or not be recorded
 */
export async function turnKillSwitch(
  { ledger, writeKillSwitch }: SwitchParts,
  to: 'stopped' | 'allowed',
  reason: string,
  caller: Caller,
): Promise<SwitchResult> {
  if (caller.kind !== 'person' || !caller.roles.includes('Leakstop.Operator')) {
    return {
      kind: 'refused',
      code: 'not-allowed',
      message: 'It takes a person with the role Leakstop.Operator',
    };
  }
  const told = reason.trim();
  if (told === '' || told.length > 1_000 || findSecret(told) !== undefined) {
    const message = 'reason: expected 1 to 1000 characters that hold no secret';
    return { kind: 'refused', code: 'malformed', message };
  }
  const by = caller.name.slice(0, 200);
  const write = () => writeKillSwitch(JSON.stringify({ format: 1, changes: to, by, reason: told }));
  const record = () =>
    ledger.append({
      chain: 'service',
      entries: [
        {
          kind: 'kill-switch-turned',
          body: {
            actor: { kind: 'person', objectId: caller.objectId, name: caller.name },
            payload: { changes: to, reason: told },
          },
        },
      ],
      cases: [],
    });
  if (to === 'stopped') {
    await write();
    await record();
  } else {
    await record();
    await write();
  }
  return { kind: 'turned' };
}
