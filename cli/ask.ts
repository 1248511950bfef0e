import { createInterface } from 'node:readline';

/** Asks a person one question; undefined if nobody can be asked. Rejects with the signal's reason if it is aborted. */
export type AskPerson = ((question: string, signal: AbortSignal) => Promise<string>) | undefined;

/** Asks on the terminal. Questions go to another stream than results. */
export function terminalAsk(input: NodeJS.ReadStream, output: NodeJS.WriteStream): AskPerson {
  if (!input.isTTY) {
    return undefined;
  }
  return (question, signal) =>
    new Promise((resolve, reject) => {
      const lines = createInterface({ input, output });
      const abort = (): void => {
        reject(signal.reason as Error);
        lines.close();
      };
      signal.addEventListener('abort', abort, { once: true });
      // The interface swallows Ctrl-C, which is meant for the program.
      lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
      // The end of the input does not mean yes.
      lines.once('close', () => {
        signal.removeEventListener('abort', abort);
        resolve('');
      });
      lines.question(question, (answer) => {
        resolve(answer);
        lines.close();
      });
    });
}

/** True for a yes. Silence means no. */
export function isYes(answer: string): boolean {
  return /^y(es)?$/i.test(answer.trim());
}
