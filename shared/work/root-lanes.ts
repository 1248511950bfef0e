import { workKeys, type Stored } from './work-rows.ts';

interface Joining<Request, Result> {
  readonly request: Request;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane<Request, Result> {
  /** Ends when everything in the lane has ended. */
  tail: Promise<unknown>;
  queued: number;
  /** Requests that wait for a common turn. */
  joining: Joining<Request, Result>[];
  /** The row as this process left it, which spares a read while the lane is busy. */
  stored: Stored | undefined;
}

/** The result of a turn, and the row after it. */
type Turn<T> = Promise<T & { readonly stored: Stored }>;

/**
 * Lets the calls of this process on one root take turns, and lets waiting requests share one turn. A storm on one
 * root therefore writes its row a few times instead of once for each event, and never conflicts with itself.
 */
export class RootLanes<Request, Result> {
  readonly #serve: (
    root: string,
    requests: readonly Request[],
    stored: Stored | undefined,
  ) => Turn<{ readonly results: readonly Result[] }>;
  readonly #lanes = new Map<string, Lane<Request, Result>>();

  constructor(
    serve: (
      root: string,
      requests: readonly Request[],
      stored: Stored | undefined,
    ) => Turn<{ readonly results: readonly Result[] }>,
  ) {
    this.#serve = serve;
  }

  /** Serves the request together with others that wait for the same root. */
  join(root: string, request: Request): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const lane = this.#lane(root);
    lane.joining.push({ request, resolve, reject });
    if (lane.joining.length === 1) {
      this.#queue(root, lane, (stored) => this.#serveJoined(root, lane, stored)).catch(() => undefined);
    }
    return promise;
  }

  /** Runs while nothing else runs on the root. */
  alone<T>(root: string, run: (stored: Stored | undefined) => Turn<T>): Turn<T> {
    return this.#queue(root, this.#lane(root), run);
  }

  async #serveJoined(root: string, lane: Lane<Request, Result>, stored: Stored | undefined) {
    const joined = lane.joining.splice(0);
    try {
      const turn = await this.#serve(
        root,
        joined.map(({ request }) => request),
        stored,
      );
      joined.forEach(({ resolve, reject }, index) => {
        const result = turn.results[index];
        if (result === undefined) {
          reject(new Error('A request was left without a result'));
        } else {
          resolve(result);
        }
      });
      return turn;
    } catch (error) {
      joined.forEach(({ reject }) => reject(error));
      throw error;
    }
  }

  #queue<T>(
    root: string,
    lane: Lane<Request, Result>,
    run: (stored: Stored | undefined) => Turn<T>,
  ): Turn<T> {
    lane.queued += 1;
    const turn = lane.tail.then(async () => {
      const { stored } = lane;
      lane.stored = undefined;
      try {
        const result = await run(stored);
        lane.stored = result.stored;
        return result;
      } finally {
        lane.queued -= 1;
        if (lane.queued === 0) {
          this.#lanes.delete(workKeys(root).rowKey);
        }
      }
    });
    lane.tail = turn.catch(() => undefined);
    return turn;
  }

  #lane(root: string): Lane<Request, Result> {
    const { rowKey } = workKeys(root);
    let lane = this.#lanes.get(rowKey);
    if (!lane) {
      lane = { tail: Promise.resolve(), queued: 0, joining: [], stored: undefined };
      this.#lanes.set(rowKey, lane);
    }
    return lane;
  }
}
