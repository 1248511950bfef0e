/**
 * When a process dies at a point: before what it was about to do took effect, after it did and before it knew, or
 * before it took effect with the request still on its way, to arrive when others have taken over.
 */
export const moments = ['before', 'after', 'late'] as const;
export type Moment = (typeof moments)[number];

/** What is numbered: requests to other services, or the engine's own calls of what it works with. */
export type PointKind = 'request' | 'call';

export interface KillPoint {
  readonly kind: PointKind;
  /** From 1, in the order in which the process comes to them. */
  readonly number: number;
  readonly moment: Moment;
}

const never = (): Promise<never> => new Promise(() => undefined);

/**
 * The life of one simulated process. Whatever it does outside itself goes through here; once it is killed nothing of it
 * ever goes on: its promises do not settle, and it has no effect any more but for what was sent before.
 */
export class Life {
  readonly #kill: KillPoint | undefined;
  readonly #names: string[] = [];
  readonly #late: (() => Promise<unknown>)[] = [];
  readonly #death = Promise.withResolvers<'killed'>();
  readonly #onRequest: () => void;
  #isOver = false;

  /** `onRequest` is told of each request before it is made. */
  constructor(kill: KillPoint | undefined, onRequest: () => void) {
    this.#kill = kill;
    this.#onRequest = onRequest;
  }

  /** Resolves when it is killed, and never otherwise. */
  get death(): Promise<'killed'> {
    return this.#death.promise;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Names of the points passed, in order: requests, or calls where the kill is at a call. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** Lets what was on its way arrive, whoever is in its way by now. Nobody hears the answers. */
  async deliverLate(): Promise<void> {
    for (const act of this.#late.splice(0)) {
      await act().catch(() => undefined);
    }
  }

  /** Does one thing that has an effect outside the process, unless the process dies of it. */
  async pass<T>(kind: PointKind, name: string, act: () => Promise<T>): Promise<T> {
    if (this.isOver) {
      return never();
    }
    if (kind === 'request') {
      this.#onRequest();
    }
    if (this.#isKilledAt(kind, name)) {
      await this.#die(act);
      return never();
    }
    // Settled one way or the other, the dead do not hear of it.
    const settled = await act().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    if (this.#hasDied()) {
      return never();
    }
    if ('error' in settled) {
      throw settled.error;
    }
    return settled.value;
  }

  /** Asked anew after each wait. */
  #hasDied(): boolean {
    return this.#isOver;
  }

  #isKilledAt(kind: PointKind, name: string): boolean {
    if (kind !== (this.#kill?.kind ?? 'request')) {
      return false;
    }
    this.#names.push(name);
    return this.#kill?.number === this.#names.length;
  }

  async #die(act: () => Promise<unknown>): Promise<void> {
    if (this.#kill?.moment === 'after') {
      await act().catch(() => undefined);
    } else if (this.#kill?.moment === 'late') {
      this.#late.push(act);
    }
    this.#isOver = true;
    this.#death.resolve('killed');
  }
}
