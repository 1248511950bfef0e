import { isDeepStrictEqual } from 'node:util';
import type { Ledger } from '../../ledger/ledger.ts';
import type { KillSwitch, SwitchState } from '../../policy/kill-switch.ts';
import { safeCause } from '../../text/safe-cause.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { redact } from '../../text/secrets.ts';
import type { JsonObject } from '../../contract/json.ts';
import { asJson } from '../../case/stored.ts';

/** Changes are allowed until somebody says otherwise: a service that starts so has nothing to tell. */
const beforeAnyTurn: JsonObject = { changes: 'allowed', because: 'said' };

/**
 * The same kill switch, which tells the ledger of each turn that it sees, once, whichever process sees it. A switch that
 * cannot be read was not turned: that is told by the cases that it stops. A ledger that is away is told at the next look.
 * Telling can take half a minute, and the answer is for a write: "allowed" is asked for again after it.
 */
export function watchedKillSwitch(killSwitch: KillSwitch, ledger: Ledger, logger: Logger): KillSwitch {
  let told: JsonObject | undefined;
  const watch = async (ask: () => Promise<SwitchState>): Promise<SwitchState> => {
    const state = await ask();
    if (state.because === 'unreadable') {
      return state;
    }
    const turn = toTurn(state);
    if (isDeepStrictEqual(turn, told)) {
      return state;
    }
    try {
      await tell(ledger, turn);
      told = turn;
    } catch (error) {
      logger.warning('A turn of the kill switch is told later', { reason: safeCause(error).message });
    }
    return state.changes === 'allowed' ? ask() : state;
  };
  return {
    read: () => watch(() => killSwitch.read()),
    recent: () => watch(() => killSwitch.recent()),
  };
}

/** Who turned it and why is free text: what looks like a secret does not enter the ledger. */
function toTurn({ by, reason, ...state }: SwitchState): JsonObject {
  return asJson({
    ...state,
    ...(by === undefined ? {} : { by: redact(by) }),
    ...(reason === undefined ? {} : { reason: redact(reason) }),
  }) as JsonObject;
}

async function tell(ledger: Ledger, turn: JsonObject): Promise<void> {
  // Read, so that what this process remembers of the chain is no older than what it saw of the switch.
  const { head } = await ledger.readRoot('service', 'kill-switch');
  if (isDeepStrictEqual(head.killSwitch ?? beforeAnyTurn, turn)) {
    return;
  }
  await ledger.append({
    chain: 'service',
    entries: [{ kind: 'kill-switch-seen', body: { actor: { kind: 'leakstop' }, payload: turn } }],
    cases: [],
    head: { killSwitch: turn },
    onlyNews: true,
  });
}
