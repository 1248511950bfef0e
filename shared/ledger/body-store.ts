/** Stores bodies that are too large for a row. */
export interface BodyStore {
  /** Stores a body under its hash. Storing it again is no error: the same hash is the same text. */
  putBody(hash: string, text: string): Promise<void>;
  /** The body of that hash; undefined if the store has none. */
  getBody(hash: string): Promise<string | undefined>;
}
