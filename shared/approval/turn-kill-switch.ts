import type { Caller } from '../entra/caller.ts';
import type { SignedDecision } from '../case/decision.ts';
import type { Inbox, WorkQueue } from '../work/queue.ts';
import { type Clock, timestamp } from '../clock.ts';
import { safeCause } from '../text/safe-cause.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { SwitchFile } from '../work/switch-file.ts';
import type { SwitchResult } from './decision-service.ts';
import { type Became, handInAndAwait, type EntryWait } from './await-entry.ts';
import { signedTurn, type SwitchTurn } from './handed-in.ts';
import { longestReason, reasonFault, signedName, tidyReason } from './people-texts.ts';

/** A resource on which the kill switch holds a change, and its root. */
export interface HeldResource {
  readonly root: string;
  readonly resource: string;
}

/** The parts needed to turn the kill switch. */
export interface SwitchParts {
  readonly inbox: Inbox;
  readonly reader: EntryWait['reader'];
  /** Signs with the key of the web app. */
  readonly key: { sign(text: string): Promise<SignedDecision['signature']> };
  readonly switchFile: SwitchFile;
  /** Resources that wait for the switch, one for each root. @throws RemediationError */
  readonly heldBySwitch: () => Promise<readonly HeldResource[]>;
  readonly queue: () => WorkQueue;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Turns the kill switch. Stopping comes before its record, so that nothing delays it. Letting go comes after its
 * record, and only if nobody turned the switch meanwhile: a stop always wins.
 * @throws RemediationError when the switch could not be written, or the turn not be recorded
 */
export async function turnKillSwitch(
  parts: SwitchParts,
  to: SwitchTurn['changes'],
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
  const content = JSON.stringify({ format: 1, changes: to, by, reason: told });
  if (to === 'stopped') {
    await parts.switchFile.write(content);
    return turned(await record(parts, to, told, caller));
  }
  return letGo(parts, content, told, caller);
}

async function letGo(
  parts: SwitchParts,
  content: string,
  reason: string,
  caller: Caller,
): Promise<SwitchResult> {
  const { switchFile } = parts;
  const version = await switchFile.version();
  const became = turned(await record(parts, 'allowed', reason, caller));
  if (became.kind === 'refused') {
    return became;
  }
  if (!(await switchFile.writeOver(version, content))) {
    // The record of the other stop may stand before ours, and the last record must say that changes are stopped.
    await record(
      parts,
      'stopped',
      'somebody turned the switch meanwhile: that it was let go had no effect',
      caller,
    );
    const message =
      'Somebody else turned the kill switch at the same moment, and that holds: look at it again';
    return { kind: 'refused', code: 'changed', message };
  }
  await wakeHeld(parts);
  return { kind: 'turned' };
}

function turned(became: Became): SwitchResult {
  return became.kind === 'recorded'
    ? { kind: 'turned' }
    : { kind: 'refused', code: 'not-allowed', message: became.message };
}

/** Hands the turn in, and waits until the worker has recorded it. */
async function record(
  parts: SwitchParts,
  changes: SwitchTurn['changes'],
  reason: string,
  caller: Caller,
): Promise<Became> {
  const { clock, key, inbox } = parts;
  const id = clock.uuid();
  const by = { objectId: caller.objectId, name: signedName(caller.name) };
  const turn: SwitchTurn = { format: 1, id, changes, reason, by, at: timestamp(clock) };
  const signature = await key.sign(signedTurn(turn));
  return handInAndAwait(parts, { chain: 'service', id }, () =>
    inbox.hand({ format: 1, kind: 'turn', turn, signature }),
  );
}

/** Workers remember for a second that the switch was stopped: an earlier look would be held again. */
const heedMs = 2_000;
/** Most roots that are woken at once. The others are looked at when their hold ends, within minutes. */
const mostWoken = 500;
const atOnce = 10;

/** Has the resources under the switch looked at now. If that fails, each hold still ends by itself. */
async function wakeHeld({ heldBySwitch, queue, clock, logger }: SwitchParts): Promise<void> {
  const time = timestamp(clock);
  try {
    const held = [...new Map((await heldBySwitch()).map((each) => [each.root, each])).values()];
    const woken = held.slice(0, mostWoken);
    for (let index = 0; index < woken.length; index += atOnce) {
      await Promise.all(
        woken.slice(index, index + atOnce).map(({ root, resource }) => {
          const note = { id: `switch:${clock.uuid()}`, time, resource, source: 'wake' } as const;
          return queue().send({ root, note }, heedMs);
        }),
      );
    }
  } catch (error) {
    logger.warning('What the kill switch held is looked at when its hold ends', {
      reason: safeCause(error).message,
    });
  }
}
