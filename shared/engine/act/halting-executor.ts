import { RemediationError } from '../../errors.ts';
import type { StepExecutor } from '../../contract/executor.ts';

/** The same executor, which asks before each write: a change begun earlier must not go on while changes are stopped. */
export function haltingExecutor(
  executor: StepExecutor,
  refuseWhileHalted: () => Promise<void>,
): StepExecutor {
  return {
    ...executor,
    write: async (steps, requestId, until) => {
      await asking(refuseWhileHalted);
      await executor.write(steps, requestId, until);
    },
  };
}

/** That it cannot be asked stops the write too, and nothing was sent: no error of the asking may say otherwise. */
async function asking(refuseWhileHalted: () => Promise<void>): Promise<void> {
  try {
    await refuseWhileHalted();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw cause instanceof RemediationError && cause.code === 'changes-halted'
      ? cause
      : new RemediationError('changes-halted', `Cannot tell whether changes are stopped: ${reason}`, {
          cause,
        });
  }
}
