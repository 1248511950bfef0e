import type { Caller } from '../entra/caller.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { SwitchResult } from './decision-service.ts';
import { longestReason, reasonFault, signedName, tidyReason } from './people-texts.ts';

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
  const told = tidyReason(reason);
  const fault = told === '' || told.length > longestReason ? undefined : reasonFault(told);
  if (told === '' || told.length > longestReason || fault !== undefined) {
    const expected = `expected 1 to ${longestReason} characters`;
    return {
      kind: 'refused',
      code: 'malformed',
      message: `reason: ${fault === undefined ? expected : `it ${fault}`}`,
    };
  }
  const by = signedName(caller.name).slice(0, 200).toWellFormed();
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
