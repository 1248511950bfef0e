import { once } from 'node:events';
import type { Output } from './output.ts';

/** Nobody reads the output any more (`| head`): what is left to say is for nobody. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/** The streams of a process as a command sees them. A reader that goes away (`| head`) ends the program quietly. */
export function processOutput(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Output {
  stdout.on('error', () => undefined);
  stderr.on('error', () => undefined);
  return {
    async write(text) {
      if (stdout.destroyed) {
        throw new OutputClosed('nobody reads the output');
      }
      if (!stdout.write(text)) {
        await drained(stdout);
      }
    },
    tell: (line) => void stderr.write(`${line}\n`),
  };
}

async function drained(stdout: NodeJS.WriteStream): Promise<void> {
  try {
    await once(stdout, 'drain');
  } catch (error) {
    throw new OutputClosed('nobody reads the output', { cause: error });
  }
}
