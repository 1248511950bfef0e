/** Where a command writes. Results go to `write`, everything that is said about them to `tell`. */
export interface Output {
  /** To standard output. Resolves when there is room for more. */
  write(text: string): Promise<void>;
  /** A line to standard error. */
  tell(line: string): void;
}
