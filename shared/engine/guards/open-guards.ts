import type { Clock } from '../../clock.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { KillSwitch } from '../../policy/kill-switch.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Engine } from '../engine.ts';
import { openBreaker } from './breaker.ts';
import { openWriterShares } from './writer-shares.ts';
import { openTenantBudget } from './tenant-budget.ts';
import { watchedKillSwitch } from './watched-kill-switch.ts';

/** The guards that rest on the ledger. A process has one of each: their memory is shared. */
export function openGuards({
  ledger,
  killSwitch,
  subscriptions,
  clock,
  logger,
}: {
  readonly ledger: Ledger;
  readonly killSwitch: KillSwitch;
  /** All guarded subscriptions. */
  readonly subscriptions: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}): Pick<Engine, 'killSwitch' | 'breaker' | 'tenantBudget' | 'writerShares'> {
  return {
    killSwitch: watchedKillSwitch(killSwitch, ledger, logger),
    breaker: openBreaker(ledger, clock),
    tenantBudget: openTenantBudget(ledger, subscriptions, clock),
    writerShares: openWriterShares(clock),
  };
}
