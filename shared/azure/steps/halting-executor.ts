import type { StepExecutor } from './executor.ts';

/** The same executor, which asks before each write: a change begun earlier must not go on while changes are stopped. */
export function haltingExecutor(
  executor: StepExecutor,
  refuseWhileHalted: () => Promise<void>,
): StepExecutor {
  return {
    ...executor,
    write: async (steps, requestId, until) => {
      await refuseWhileHalted();
      await executor.write(steps, requestId, until);
    },
  };
}
