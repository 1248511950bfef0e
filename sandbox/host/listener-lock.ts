import { setTimeout as pause } from 'node:timers/promises';
import type { HostStorage } from './host-storage.ts';

export interface LockEvents {
  /** This instance holds the lock from now on. */
  readonly onGained: () => Promise<void>;
  /** It does not hold it any more; what runs may finish. */
  readonly onLost: () => Promise<void>;
  readonly onTrouble: (message: string) => void;
}

const renewEveryMs = 30_000;
/** How soon an instance that did not get the lock asks again, and one that could not ask. */
const askAgainMs = 60_000;
const tryAgainMs = 2_000;

/** Keeps one listener running on one instance of an app alone, by a lease in the host's storage. */
export class ListenerLock {
  readonly #storage: HostStorage;
  readonly #name: string;
  readonly #events: LockEvents;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;
  #leaseId: string | undefined;

  constructor(storage: HostStorage, name: string, events: LockEvents) {
    this.#storage = storage;
    this.#name = name;
    this.#events = events;
    this.#loop = this.#run();
  }

  /** Gives the lock back, so that another instance need not wait for it to lapse. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    if (this.#leaseId !== undefined) {
      await this.#storage.unlock(this.#name, this.#leaseId).catch(() => undefined);
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const waitMs = await this.#step().catch((error: unknown) => {
        this.#events.onTrouble(
          `The listener for function "Functions.${this.#name}" was unable to start: ${String(error)}`,
        );
        return tryAgainMs;
      });
      await pause(waitMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  async #step(): Promise<number> {
    const held = this.#leaseId;
    if (held !== undefined && (await this.#storage.renew(this.#name, held))) {
      return renewEveryMs;
    }
    const gained = await this.#storage.lock(this.#name);
    if (held !== undefined && gained === undefined) {
      this.#leaseId = undefined;
      await this.#events.onLost();
    }
    if (gained === undefined) {
      return askAgainMs;
    }
    if (held === undefined) {
      await this.#begin(gained);
    }
    this.#leaseId = gained;
    return renewEveryMs;
  }

  /** Starts the listener, or gives the lock back: another instance may be luckier. */
  async #begin(leaseId: string): Promise<void> {
    try {
      await this.#events.onGained();
    } catch (error) {
      await this.#storage.unlock(this.#name, leaseId);
      throw error;
    }
  }
}
