import type { FaultEffect, FaultRegistry, FaultTarget } from '../../sandbox/faults.ts';

/** One request of the app, as the sandbox saw it come in. */
export interface SeenRequest {
  readonly target: FaultTarget;
  readonly method: string;
  readonly url: string;
  /** From 1, among all requests seen. */
  readonly number: number;
}

/** What becomes of a request; nothing for one that is left alone. */
export type Meddle = (request: SeenRequest) => readonly FaultEffect[];

/** Numbers the requests that reach the sandbox, and decides for each what becomes of it. */
export class RequestFaults {
  #meddle: Meddle | undefined;
  #seen: SeenRequest[] = [];

  constructor(faults: FaultRegistry) {
    const others = faults.meet.bind(faults);
    faults.meet = (target, method, url) => [
      ...others(target, method, url),
      ...this.#meet(target, method, url),
    ];
  }

  /** What was seen since the last `during` began. */
  get seen(): readonly SeenRequest[] {
    return this.#seen;
  }

  async during(meddle: Meddle, act: () => Promise<void>): Promise<void> {
    this.#seen = [];
    this.#meddle = meddle;
    try {
      await act();
    } finally {
      this.#meddle = undefined;
    }
  }

  /** Requests made meanwhile are not seen. */
  readonly aside = async <T>(act: () => Promise<T>): Promise<T> => {
    const meddle = this.#meddle;
    this.#meddle = undefined;
    try {
      return await act();
    } finally {
      this.#meddle = meddle;
    }
  };

  #meet(target: FaultTarget, method: string, url: string): readonly FaultEffect[] {
    if (this.#meddle === undefined) {
      return [];
    }
    const request = { target, method, url, number: this.#seen.length + 1 };
    this.#seen.push(request);
    return this.#meddle(request);
  }
}
