import type { Output } from './output.ts';

/** The parts of the process that an interruptible command needs. */
export interface Interruptible {
  readonly output: Output;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
}

/** Runs an operation that ends at a safe point of its own after an interruption, and says at once that it will. */
export async function untilSafeEnd<T>({ output, signal }: Interruptible, run: () => Promise<T>): Promise<T> {
  const tell = (): void => output.tell('Ends at the next safe point. Interrupt again to end at once.');
  signal.addEventListener('abort', tell, { once: true });
  try {
    return await run();
  } finally {
    signal.removeEventListener('abort', tell);
  }
}
