import { createInterface } from 'node:readline';

/** Asks a person one question; undefined where there is nobody to ask. Rejects with the signal's reason when it is aborted. */
export type AskPerson = ((question: string, signal: AbortSignal) => Promise<string>) | undefined;

/** On the terminal. What is asked goes where results do not. */
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
      // The interface keeps the key for itself; whoever presses it means the program.
      lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
      // The end of the input is no yes.
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

/** Whether somebody says yes. Silence is no. */
export function isYes(answer: string): boolean {
  return /^y(es)?$/i.test(answer.trim());
}
