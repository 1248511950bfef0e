import type { JsonObject } from './json.ts';

/** Azure's own record of who did what. Asked where events do not tell. */
export interface Activity {
  /** Who wrote to a resource in that time, each once, newest first. @throws RemediationError */
  writersOf(resource: string, from: Date, to: Date, until: Date): Promise<readonly JsonObject[]>;
}

/** A record that tells nothing. */
export const noActivity: Activity = { writersOf: () => Promise.resolve([]) };
