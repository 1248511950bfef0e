/** Most keys that are remembered. The key whose last call is the oldest is forgotten first. */
const mostKeys = 2_000;

/** Counts recent calls by key, in the memory of one process. */
export class RecentCalls {
  readonly #most: number;
  readonly #perMs: number;
  readonly #calls = new Map<string, number[]>();

  constructor(most: number, perMs: number) {
    this.#most = most;
    this.#perMs = perMs;
  }

  /** Pause before a key's next call; 0 for none. */
  waitMs(key: string, now: number): number {
    const recent = this.#recent(key, now);
    const [oldest = now] = recent;
    return recent.length < this.#most ? 0 : oldest + this.#perMs - now;
  }

  count(key: string, now: number): void {
    const recent = [...this.#recent(key, now), now];
    // Inserted anew, so that the map keeps the order of the last calls.
    this.#calls.delete(key);
    this.#calls.set(key, recent);
    const [oldest] = this.#calls.keys();
    if (this.#calls.size > mostKeys && oldest !== undefined) {
      this.#calls.delete(oldest);
    }
  }

  #recent(key: string, now: number): number[] {
    return (this.#calls.get(key) ?? []).filter((at) => at > now - this.#perMs);
  }
}
