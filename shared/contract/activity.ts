import type { JsonObject } from './json.ts';

/** Azure's record of who did what. It is asked where events do not tell. */
export interface Activity {
  /**
   * Writers to a resource between two moments, each once, newest first. Gives up at `until`. @throws RemediationError
   */
  writersOf(resource: string, from: Date, to: Date, until: Date): Promise<readonly JsonObject[]>;
}

/** An activity record without any writers. */
export const noActivity: Activity = { writersOf: () => Promise.resolve([]) };
