/** One line of the log: what sort of thing it is, and what happened. */
export interface Line {
  readonly verb: string;
  readonly text: string;
  readonly tone: 'bad' | 'good' | 'waits' | 'plain' | 'quiet';
}
