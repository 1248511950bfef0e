/** A file to be verified. It is read more than once, and never held whole. */
export interface Source {
  /** What people know it by. */
  readonly name: string;
  /** Where it lies, from the root on; the name when absent. */
  readonly path?: string;
  /** Length in bytes. */
  readonly size: number;
  /** The bytes from an offset on. */
  open(start?: number): AsyncIterable<Uint8Array>;
}
