import type { Caller } from '../shared/entra/caller.ts';

/** The values that handlers of a request share. */
export interface Env {
  Variables: { caller: Caller | undefined; session: string };
}
