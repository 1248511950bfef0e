import { isDeepStrictEqual } from 'node:util';
import type { Ledger } from '../../ledger/ledger.ts';
import type { KillSwitch, SwitchState } from '../../policy/kill-switch.ts';
import { safeCause } from '../../text/safe-cause.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { redact } from '../../text/secrets.ts';
import type { PayloadOf } from '../../ledger/format/read-payload.ts';
import { asJson } from '../../contract/json.ts';

/** Changes are allowed until somebody says otherwise: a service that starts in this state has nothing to record. */
type Turn = PayloadOf<'kill-switch-seen'>;

const beforeAnyTurn: Turn = { changes: 'allowed', because: 'said' };

/**
 * The same kill switch, which records each turn in the ledger, once, whichever process sees it. A switch that cannot be
 * read was not turned: the cases that it stops report the failure. If the ledger is away, the next look records the
 * turn. Recording may take 30 s, so an `allowed` answer is read again before it is used for a write.
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

/** The person's name and reason are free text: parts that look like a secret do not enter the ledger. */
function toTurn({ by, reason, ...state }: SwitchState): Turn {
  return {
    ...state,
    ...(by === undefined ? {} : { by: redact(by) }),
    ...(reason === undefined ? {} : { reason: redact(reason) }),
  };
}

async function tell(ledger: Ledger, turn: Turn): Promise<void> {
  // The root is read, so that this process's memory of the chain is no older than its view of the switch.
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
