import type { CaseView } from '../../shared/case-index/case-index.ts';
import type { EvidenceFacts } from '../../shared/case-index/evidence-facts.ts';
import type { IndexedCase } from '../../shared/case-index/indexed-case.ts';
import type { SwitchState } from '../../shared/policy/kill-switch.ts';
import type { Limits } from '../../shared/policy/policy.ts';
import type { SubscriptionNames } from '../../shared/subscription-names.ts';
import type { ControlWords } from '../../shared/words/control.ts';

/** The cases that wait for the person who looks. */
export interface Mine {
  readonly cases: readonly IndexedCase[];
  /** Whether there may be more than were looked through. */
  readonly hasMore: boolean;
}

/** Everything that the overview is drawn with. */
export interface Dashboard {
  readonly view: CaseView;
  readonly mine: Mine;
  readonly controls: readonly ControlWords[];
  readonly names: SubscriptionNames;
  readonly killSwitch: SwitchState;
  readonly evidence: EvidenceFacts | undefined;
  readonly limits: Limits | undefined;
}
