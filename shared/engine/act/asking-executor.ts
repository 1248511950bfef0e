import type { StepExecutor } from '../../contract/executor.ts';
import type { ErrorCode } from '../../errors.ts';
import { RemediationError } from '../../errors.ts';

/** A question that stands before each write. */
export interface Precondition {
  /** What the write is refused with. */
  readonly code: Extract<ErrorCode, 'changes-halted' | 'changes-stopped'>;
  /** Throws to refuse. */
  readonly ask: () => Promise<void>;
}

/**
 * The same executor, which asks before each write, also before the second one of the same pass: a change that was begun
 * must not go on while changes are stopped.
 */
export function askingExecutor(executor: StepExecutor, asks: readonly Precondition[]): StepExecutor {
  return {
    ...executor,
    write: async (steps, requestId, until) => {
      for (const each of asks) {
        await refuseUnless(each);
      }
      await executor.write(steps, requestId, until);
    },
  };
}

/** A question that fails stops the write too, and nothing was sent: no error of the asking may say otherwise. */
async function refuseUnless({ code, ask }: Precondition): Promise<void> {
  try {
    await ask();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw cause instanceof RemediationError && cause.code === code
      ? cause
      : new RemediationError(code, `Cannot tell whether changes are stopped: ${reason}`, { cause });
  }
}
