/** A file to be verified. It is read more than once, and never held whole. */
export interface Source {
  readonly name: string;
  /** Length in bytes. */
  readonly size: number;
  /** The bytes from an offset on. */
  open(start?: number): AsyncIterable<Uint8Array>;
}
