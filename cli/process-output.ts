import type { Streams } from './output.ts';

/** The reader of the output went away (`| head`): remaining output is for nobody. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/**
 * The streams of a process. A reader that goes away (`| head`) ends the program quietly; any other obstacle to writing, such
 * as a full disk, is an error.
 */
export function processOutput(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Streams {
  let fault: Error | undefined;
  stdout.on('error', (error) => {
    fault ??= error;
  });
  stderr.on('error', () => undefined);
  return {
    async write(text) {
      if (fault !== undefined || stdout.destroyed) {
        throw toFault(fault);
      }
      await new Promise<void>((resolve, reject) => {
        stdout.write(text, (error) => (error ? reject(toFault(error)) : resolve()));
      });
    },
    tell: (line) => void stderr.write(`${line}\n`),
  };
}

function toFault(error: Error | undefined): Error {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (error === undefined || code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') {
    return new OutputClosed('nobody reads the output', { cause: error });
  }
  const why = code === 'ENOSPC' ? 'the disk is full' : (code ?? error.message);
  return new Error(`the output cannot be written: ${why}`, { cause: error });
}
