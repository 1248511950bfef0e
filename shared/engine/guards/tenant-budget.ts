import { RemediationError } from '../../errors.ts';
import type { Clock } from '../../clock.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { TenantBudget } from '../engine.ts';

const memoryInMs = 5_000;

/**
 * The changes of this hour in a chain. A chain whose end cannot be read takes no change, and does not stop changes
 * elsewhere.
 */
async function changesIn(ledger: Pick<Ledger, 'changesThisHour'>, chain: string): Promise<number> {
  try {
    return await ledger.changesThisHour(chain);
  } catch (error) {
    if (error instanceof RemediationError && error.code === 'malformed-input') {
      return 0;
    }
    throw error;
  }
}

export function openTenantBudget(
  ledger: Pick<Ledger, 'changesThisHour'>,
  subscriptions: readonly string[],
  clock: Clock,
): TenantBudget {
  let counted = { until: 0, hour: '', sum: 0, startedBefore: 0 };
  let reading: Promise<void> | undefined;
  let started = 0;
  let pending = 0;
  const hourNow = (): string => clock.now().toISOString().slice(0, 13);

  const read = async (): Promise<void> => {
    const at = { until: clock.now().getTime() + memoryInMs, hour: hourNow(), startedBefore: started };
    const counts = await Promise.all(subscriptions.map((chain) => changesIn(ledger, chain)));
    counted = { ...at, sum: counts.reduce((sum, count) => sum + count, 0) };
  };

  return {
    refresh: async () => {
      if (clock.now().getTime() < counted.until && counted.hour === hourNow()) {
        return;
      }
      reading ??= read().finally(() => (reading = undefined));
      await reading;
    },
    used: () => counted.sum + (started - counted.startedBefore) + pending,
    take: (count) => {
      pending += count;
      return {
        settle: (wasStarted) => {
          pending -= count;
          started += wasStarted ? count : 0;
        },
      };
    },
  };
}
