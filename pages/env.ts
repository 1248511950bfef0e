import type { Caller } from '../shared/entra/caller.ts';

/** What a request carries through the handlers. */
export interface Env {
  Variables: { caller: Caller | undefined; session: string };
}
