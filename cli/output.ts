/** Where a process writes. */
export interface Streams {
  /** To standard output. Resolves when there is room for more. */
  write(text: string): Promise<void>;
  /** A line to standard error. */
  tell(line: string): void;
}

/**
 * Where a command writes. Results go to `write`, everything that is said about them to `tell`. A terminal shows both as they
 * stand, whoever wrote what is in them.
 */
export interface Output {
  /** Lines. Resolves when there is room for more. */
  write(text: string): Promise<void>;
  /** Each of them is one line, also where a text in it has several. */
  tell(...lines: readonly string[]): void;
  /** What a program reads, byte by byte; a terminal is shown it like any other text. Resolves when there is room for more. */
  data(text: string): Promise<void>;
}
