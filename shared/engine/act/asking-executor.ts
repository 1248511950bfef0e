import type { StepExecutor } from '../../contract/executor.ts';
import type { ErrorCode } from '../../errors.ts';
import { RemediationError } from '../../errors.ts';

/** A question before each write. */
export interface Precondition {
  /** The error code of a refused write. */
  readonly code: Extract<ErrorCode, 'changes-halted' | 'changes-stopped'>;
  /** Throws to refuse. */
  readonly ask: () => Promise<void>;
}

/**
 * The same executor with questions before each write, also before the second write of the same pass: a change that was
 * started must not go on while changes are stopped.
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

/** A failing question stops the write too. Nothing was sent then, and no error of the question may claim otherwise. */
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
