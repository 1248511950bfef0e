import type { WriteStream } from 'node:tty';
import { Presets, SingleBar } from 'cli-progress';

/** Shows the progress of an operation. */
export interface Progress {
  advance(): void;
  stop(): void;
}

/** Begins to show progress towards a total. `what` names the counted items; entries if absent. */
export type StartProgress = (total: number, done: number, what?: string) => Progress;

const quiet: Progress = { advance: () => undefined, stop: () => undefined };

/** A progress bar on a terminal; nothing if the stream is a file or a pipe. */
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
