import type { KillSwitch } from '../../policy/kill-switch.ts';
import { refuseWhileStopped } from '../../policy/kill-switch.ts';
import type { StepExecutor } from '../../contract/executor.ts';

/** The same executor, which reads the kill switch before each write, also before the second one of the same pass. */
export function stoppingExecutor(
  executor: StepExecutor,
  killSwitch: () => Promise<KillSwitch>,
): StepExecutor {
  return {
    ...executor,
    write: async (steps, requestId, until) => {
      await refuseWhileStopped(await killSwitch());
      await executor.write(steps, requestId, until);
    },
  };
}
