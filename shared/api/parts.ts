import type { DecisionService } from '../approval/decision-service.ts';
import type { DecisionVerifier } from '../approval/decision-verifier.ts';
import type { LookService } from '../approval/look-service.ts';
import type { CaseIndex } from '../case-index/case-index.ts';
import type { Clock } from '../clock.ts';
import type { Caller, TokenVerifier } from '../entra/caller.ts';
import type { ChainReader } from '../ledger/chain-reader.ts';
import type { WriteOnceFiles } from '../ledger/write-once-files.ts';
import type { PublicKeyOf } from '../ledger/checkpoints/last-checkpoint.ts';
import type { LedgerStore } from '../ledger/export/read-entries.ts';
import type { KillSwitch } from '../policy/kill-switch.ts';
import type { ReadNames } from '../subscription-names.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ControlWords } from '../words/control.ts';

/** The services of the API. A service that needs an SDK is built with the first call that needs it. */
export interface ApiParts {
  readonly verifier: TokenVerifier;
  readonly controls: readonly ControlWords[];
  readonly decisions: () => Promise<DecisionService>;
  readonly looks: LookService;
  /** Display names of subscriptions. */
  readonly names: ReadNames;
  readonly index: () => Promise<CaseIndex>;
  readonly reader: () => Promise<ChainReader>;
  /** Checks the signatures of decisions before they are shown. */
  readonly signatures: DecisionVerifier;
  readonly store: () => Promise<LedgerStore>;
  /** The container of the checkpoints. */
  readonly evidence: () => Promise<WriteOnceFiles>;
  readonly publicKeyOf: PublicKeyOf;
  readonly killSwitch: () => Promise<Pick<KillSwitch, 'read'>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The values that a route finds in its context. */
export interface ApiEnvironment {
  Variables: { caller: Caller };
}
