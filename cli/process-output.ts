import { once } from 'node:events';
import type { Output } from './output.ts';

/** The streams of a process as a command sees them. A reader that goes away (`| head`) ends the program quietly. */
export function processOutput(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Output {
  stdout.on('error', () => undefined);
  return {
    async write(text) {
      if (stdout.destroyed) {
        throw new Error('nobody reads the output');
      }
      if (!stdout.write(text)) {
        await once(stdout, 'drain');
      }
    },
    tell: (line) => void stderr.write(`${line}\n`),
  };
}
