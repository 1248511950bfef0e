import { app } from '@azure/functions';
import type { Checkpointer } from '../shared/ledger/checkpoints/checkpointer.ts';

/** Vouches for the entries appended to the ledger since the last checkpoint. */
export function registerWriteCheckpoint(checkpointer: Checkpointer): void {
  app.timer('write-checkpoint', {
    schedule: '45 */5 * * * *',
    handler: async () => {
      await checkpointer.run();
    },
  });
}
