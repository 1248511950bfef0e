import type { DecisionService } from '../approval/decision-service.ts';
import type { Clock } from '../clock.ts';
import type { Caller, TokenVerifier } from '../entra/caller.ts';
import type { LedgerStore } from '../ledger/export/read-entries.ts';
import type { KillSwitch } from '../policy/kill-switch.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { CaseSource } from './case-source.ts';

/** What the API is made of. What needs an SDK is made with the first call that needs it. */
export interface ApiParts {
  readonly tokens: TokenVerifier;
  readonly decisions: () => Promise<DecisionService>;
  readonly cases: () => Promise<CaseSource>;
  readonly store: () => Promise<LedgerStore>;
  readonly killSwitch: () => Promise<Pick<KillSwitch, 'read'>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a route finds in its context. */
export interface ApiEnvironment {
  Variables: { caller: Caller };
}
