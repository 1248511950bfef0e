import type { WriteStream } from 'node:tty';
import { Presets, SingleBar } from 'cli-progress';

/** Shows how far something is. */
export interface Progress {
  advance(): void;
  stop(): void;
}

/** Begins to show progress towards a total of something, entries when absent. */
export type StartProgress = (total: number, done: number, what?: string) => Progress;

const quiet: Progress = { advance: () => undefined, stop: () => undefined };

/** A bar on a terminal; nothing where the stream is a file or a pipe. */
export function terminalProgress(stream: WriteStream): StartProgress {
  return (total, done, what = 'entries') => {
    if (!stream.isTTY) {
      return quiet;
    }
    const bar = new SingleBar(
      {
        stream,
        format: `{bar} {percentage} % | {value} of {total} ${what} | {eta_formatted} left`,
        hideCursor: true,
      },
      Presets.shades_classic,
    );
    bar.start(total, done);
    return { advance: () => bar.increment(), stop: () => bar.stop() };
  };
}
