import { isDeepStrictEqual } from 'node:util';
import type { Ledger } from '../../ledger/ledger.ts';
import type { KillSwitch, SwitchState } from '../../policy/kill-switch.ts';
import { safeCause } from '../../text/safe-cause.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { redact } from '../../text/secrets.ts';
import type { PayloadOf } from '../../ledger/format/read-payload.ts';
import { asJson } from '../../contract/json.ts';

/** Changes are allowed until somebody says otherwise: a service that starts so has nothing to tell. */
type Turn = PayloadOf<'kill-switch-seen'>;

const beforeAnyTurn: Turn = { changes: 'allowed', because: 'said' };

/**
 * The same kill switch, which tells the ledger of each turn that it sees, once, whichever process sees it. A switch that
 * cannot be read was not turned: that is told by the cases that it stops. A ledger that is away is told at the next look.
 * Telling can take half a minute, and the answer is for a write: "allowed" is asked for again after it.
 */
export function watchedKillSwitch(killSwitch: KillSwitch, ledger: Ledger, logger: Logger): KillSwitch {
  let told: Turn | undefined;
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
function toTurn({ by, reason, ...state }: SwitchState): Turn {
  return {
    ...state,
    ...(by === undefined ? {} : { by: redact(by) }),
    ...(reason === undefined ? {} : { reason: redact(reason) }),
  };
}

async function tell(ledger: Ledger, turn: Turn): Promise<void> {
  // Read, so that what this process remembers of the chain is no older than what it saw of the switch.
  const { head } = await ledger.readRoot('service', 'kill-switch');
  if (isDeepStrictEqual(head.killSwitch ?? beforeAnyTurn, turn)) {
    return;
  }
  await ledger.append({
    chain: 'service',
    entries: [{ kind: 'kill-switch-seen', body: { actor: { kind: 'leakstop' }, payload: turn } }],
    cases: [],
    head: { killSwitch: asJson(turn) },
    onlyNews: true,
  });
}
