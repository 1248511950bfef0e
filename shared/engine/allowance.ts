import { type Limits, ordinaryLimit } from '../policy/policy.ts';
import type { Severity } from '../contract/observation.ts';

/** The number of changes that may still start in an hour. */
export interface Room {
  /** For drift of critical severity. */
  readonly critical: number;
  /** For drift of any other severity: a share is kept for critical drift. */
  readonly ordinary: number;
}

export const endlessRoom: Room = { critical: Infinity, ordinary: Infinity };

/** The rest of a budget. */
export function roomIn(limit: number, used: number, limits: Pick<Limits, 'criticalReserve'>): Room {
  return { critical: limit - used, ordinary: ordinaryLimit(limit, limits) - used };
}

/** Hands out the room of the hour's budgets to the changes of one look. */
export class Allowance {
  #taken = 0;
  readonly #rooms: readonly Room[];

  constructor(...rooms: readonly Room[]) {
    this.#rooms = rooms;
  }

  /** The number of changes that were handed out. */
  get taken(): number {
    return this.#taken;
  }

  isUsedUpFor(severity: Severity): boolean {
    const kind = severity === 'critical' ? 'critical' : 'ordinary';
    return this.#rooms.some((room) => room[kind] - this.#taken < 1);
  }

  take(): void {
    this.#taken += 1;
  }
}
