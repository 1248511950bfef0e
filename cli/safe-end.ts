import type { Output } from './output.ts';

/** What tells a command that the user wants it to end. */
export interface Interruptible {
  readonly output: Output;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
}

/** Runs what ends at a safe point of its own when it is interrupted, and says at once that it will. */
export async function untilSafeEnd<T>({ output, signal }: Interruptible, run: () => Promise<T>): Promise<T> {
  const tell = (): void => output.tell('Ends at the next safe point. Interrupt again to end at once.');
  signal.addEventListener('abort', tell, { once: true });
  try {
    return await run();
  } finally {
    signal.removeEventListener('abort', tell);
  }
}
