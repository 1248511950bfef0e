/** The streams of a process. */
export interface Streams {
  /** Writes to standard output. Resolves once there is room for more. */
  write(text: string): Promise<void>;
  /** Writes a line to standard error. */
  tell(line: string): void;
}

/**
 * The output of a command. Results go to `write`, remarks on them to `tell`. A terminal shows both without interpreting them,
 * whoever wrote the texts in them.
 */
export interface Output {
  /** Writes lines. Resolves once there is room for more. */
  write(text: string): Promise<void>;
  /** Writes each text as one line, even if the text has several. */
  tell(...lines: readonly string[]): void;
  /**
   * Writes text for programs, byte by byte; a terminal shows it like any other text. Resolves once there is room for more.
   */
  data(text: string): Promise<void>;
}
