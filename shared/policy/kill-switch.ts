import { z } from 'zod';
import { defined } from '../defined.ts';
import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import { jsonOf } from '../text/json-text.ts';
import { safeCause } from '../text/safe-cause.ts';

/** Name of the blob, in the container of the policy. */
export const killSwitchFile = 'kill-switch.json';
/** The file is one short line and is read before every write. */
export const mostBytesOfKillSwitch = 16 * 1024;

const File = z.strictObject({
  format: z.literal(1),
  changes: z.enum(['allowed', 'stopped']),
  /** Who turned the switch, and why. Shown to people; nothing relies on it. */
  by: z.string().max(200).optional(),
  reason: z.string().max(1_000).optional(),
});

/** The state of the kill switch. A file that is unreadable, missing or malformed stops changes. */
export interface SwitchState {
  readonly changes: 'allowed' | 'stopped';
  readonly because: 'said' | 'absent' | 'malformed' | 'unreadable';
  readonly by?: string;
  readonly reason?: string;
}

/** Stops every change at once, whatever the policy says. */
export interface KillSwitch {
  /** Asks storage each time: for the moment before a write. Never throws. */
  read(): Promise<SwitchState>;
  /** An answer that is at most a second old: for deciding. Never throws. */
  recent(): Promise<SwitchState>;
}

const memoryInMs = 1_000;

/** `readText` returns the text of the blob, or undefined if there is none. */
export function openKillSwitch(readText: () => Promise<string | undefined>, clock: Clock): KillSwitch {
  let remembered: { readonly until: number; readonly state: Promise<SwitchState> } | undefined;
  const read = async (): Promise<SwitchState> => {
    try {
      return parseKillSwitch(await readText());
    } catch (error) {
      return { changes: 'stopped', because: 'unreadable', reason: safeCause(error).message };
    }
  };
  return {
    read,
    recent: () => {
      const now = clock.now().getTime();
      if (remembered === undefined || now >= remembered.until) {
        remembered = { until: now + memoryInMs, state: read() };
      }
      return remembered.state;
    },
  };
}

/** The switch state in the text of the blob. */
export function parseKillSwitch(text: string | undefined): SwitchState {
  if (text === undefined) {
    return { changes: 'stopped', because: 'absent' };
  }
  const file = File.safeParse(jsonOf(text));
  if (!file.success) {
    return { changes: 'stopped', because: 'malformed' };
  }
  const { changes, by, reason } = file.data;
  return {
    changes,
    because: 'said',
    ...defined({ by, reason }),
  };
}

/** A few words for entries and errors. */
export function describeSwitch({ because }: SwitchState): string {
  switch (because) {
    case 'said':
      return 'the kill switch stops changes';
    case 'absent':
      return `"${killSwitchFile}" is not there, which stops changes`;
    case 'malformed':
      return `"${killSwitchFile}" is not of its format, which stops changes`;
    case 'unreadable':
      return `"${killSwitchFile}" cannot be read, which stops changes`;
  }
}

/** Guards a write. @throws RemediationError `changes-stopped` */
export async function refuseWhileStopped(killSwitch: KillSwitch): Promise<void> {
  const state = await killSwitch.read();
  if (state.changes === 'stopped') {
    throw new RemediationError('changes-stopped', `Cannot make a change: ${describeSwitch(state)}`);
  }
}
