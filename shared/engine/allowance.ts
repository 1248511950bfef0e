import { isSevere, writeReserve } from '../case/write-reserve.ts';
import type { JsonObject } from '../contract/json.ts';
import { reserveFullAt, reserveLeft } from '../ledger/write-reserve.ts';
import { type Limits, ordinaryInSubscription, ordinaryLimit } from '../policy/policy.ts';
import type { Severity } from '../contract/observation.ts';

/** The number of changes that may still start in an hour. */
export interface Room {
  /** For drift of high and critical severity. */
  readonly severe: number;
  /** For drift of any other severity: a share is kept for severe drift. */
  readonly ordinary: number;
}

export const endlessRoom: Room = { severe: Infinity, ordinary: Infinity };

/** The rest of the tenant's budget. */
export function roomInTenant(used: number, limits: Limits): Room {
  const { tenantChangesPerHour: limit } = limits;
  return { severe: limit - used, ordinary: ordinaryLimit(limit, limits) - used };
}

/** The rest of a subscription's budget. No subscription uses up the tenant's. */
export function roomInSubscription(used: number, limits: Limits): Room {
  return { severe: limits.changesPerHour - used, ordinary: ordinaryInSubscription(limits) - used };
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
    const kind = isSevere(severity) ? 'severe' : 'ordinary';
    return this.#rooms.some((room) => room[kind] - this.#taken < 1);
  }

  take(): void {
    this.#taken += 1;
  }
}

/** Hands out the writes of a subscription's reserve to the changes of one look. */
export class Reserve {
  #left: number;
  readonly #now: Date;

  /** `head` is the data of the chain's head. */
  constructor(head: JsonObject, now: Date) {
    this.#left = reserveLeft(head, now, writeReserve);
    this.#now = now;
  }

  /** When a write leaves as many as `floor`; the past if it does now. */
  roomAt(floor: number): Date {
    return reserveFullAt(this.#left, floor + 1, this.#now, writeReserve);
  }

  take(): void {
    this.#left -= 1;
  }
}
