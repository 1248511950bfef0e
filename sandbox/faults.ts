/** The services of the sandbox that can be made to fail. */
export type FaultTarget =
  | 'arm'
  | 'identity'
  | 'login'
  | 'tables'
  | 'queues'
  | 'blobs'
  | 'event-grid'
  | 'telemetry'
  | 'key-vault'
  | 'teams'
  | 'escalations';

/** What happens to a call. `reset-after` and `hang-after` let the call take effect first. */
export type FaultEffect =
  | { readonly kind: 'latency'; readonly milliseconds: number }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfterInSeconds?: number;
      readonly code?: string;
      /** Text of the error body, such as one that carries a secret. */
      readonly message?: string;
    }
  | { readonly kind: 'reset-before' }
  | { readonly kind: 'reset-after' }
  | { readonly kind: 'hang-after'; readonly milliseconds: number }
  /** Event Grid only: the event is lost. */
  | { readonly kind: 'lose' };

export interface Fault {
  readonly target: FaultTarget;
  readonly effect: FaultEffect;
  /** Only these methods; all when absent. */
  readonly methods?: readonly string[];
  /** Only URLs (path and query) that match, without regard to case; all when absent. */
  readonly urlPattern?: string;
  /** Only this many calls; without end when absent. */
  readonly times?: number;
  /** Only until then, in milliseconds from now; without end when absent. */
  readonly forMs?: number;
}

/** The faults in force. One instance for the whole sandbox, changed by the admin API and by tests. */
export class FaultRegistry {
  #faults: { fault: Fault; id: number; left: number; until: number }[] = [];
  #nextId = 1;

  /** Puts a fault in force; returns its id. */
  add(fault: Fault): number {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#faults.push({
      fault,
      id,
      left: fault.times ?? Number.POSITIVE_INFINITY,
      until: fault.forMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + fault.forMs,
    });
    return id;
  }

  remove(id: number): void {
    this.#faults = this.#faults.filter((entry) => entry.id !== id);
  }

  clear(): void {
    this.#faults = [];
  }

  list(): readonly (Fault & { readonly id: number })[] {
    return this.#faults.map(({ fault, id }) => ({ ...fault, id }));
  }

  /** The effects that one call meets, in the order in which the faults were added; uses up one of `times` each. */
  meet(target: FaultTarget, method: string, url: string): readonly FaultEffect[] {
    const now = Date.now();
    this.#faults = this.#faults.filter((entry) => entry.left > 0 && entry.until > now);
    const met = this.#faults.filter(
      ({ fault }) =>
        fault.target === target &&
        (fault.methods === undefined || fault.methods.includes(method.toUpperCase())) &&
        (fault.urlPattern === undefined || new RegExp(fault.urlPattern, 'i').test(url)),
    );
    for (const entry of met) {
      entry.left -= 1;
    }
    return met.map(({ fault }) => fault.effect);
  }
}
