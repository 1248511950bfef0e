import type { DecisionService } from '../shared/approval/decision-service.ts';
import type { LookService } from '../shared/approval/look-service.ts';
import type { LinkVerifier } from '../shared/approval/link-token.ts';
import type { CaseIndex } from '../shared/case-index/case-index.ts';
import type { EvidenceFacts } from '../shared/case-index/evidence-facts.ts';
import type { Clock } from '../shared/clock.ts';
import type { TokenVerifier } from '../shared/entra/caller.ts';
import type { SignIn } from '../shared/entra/sign-in.ts';
import type { ChainReader } from '../shared/ledger/chain-reader.ts';
import type { KillSwitch } from '../shared/policy/kill-switch.ts';
import type { Limits } from '../shared/policy/policy.ts';
import type { ReadNames } from '../shared/subscription-names.ts';
import type { ControlWords } from '../shared/words/control.ts';
import type { Logger } from '../shared/telemetry/logger.ts';

/** The services of the pages. A service that loads an SDK is built on first use. */
export interface PageParts {
  /** Origin of the pages, https, without a slash at the end. Never taken from a request. */
  readonly webUrl: string;
  readonly controls: readonly ControlWords[];
  readonly verifier: TokenVerifier;
  readonly signIn: SignIn;
  readonly decisions: () => Promise<DecisionService>;
  readonly looks: LookService;
  readonly links: () => Promise<LinkVerifier>;
  /** Display names of subscriptions. */
  readonly names: ReadNames;
  readonly index: () => Promise<CaseIndex>;
  readonly reader: () => Promise<ChainReader>;
  readonly killSwitch: () => Promise<Pick<KillSwitch, 'recent' | 'read'>>;
  /** Undefined if the evidence cannot be read now. */
  readonly evidence: () => Promise<EvidenceFacts | undefined>;
  /** Limits of the policy in force. @throws RemediationError while there is no policy */
  readonly limits: () => Promise<Limits>;
  readonly clock: Clock;
  readonly logger: Logger;
}
