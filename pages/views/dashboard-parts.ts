import type { CaseView } from '../../shared/case-index/case-index.ts';
import type { EvidenceFacts } from '../../shared/case-index/evidence-facts.ts';
import type { IndexedCase } from '../../shared/case-index/indexed-case.ts';
import type { SwitchState } from '../../shared/policy/kill-switch.ts';
import type { Limits } from '../../shared/policy/policy.ts';
import type { SubscriptionNames } from '../../shared/subscription-names.ts';
import type { ControlWords } from '../../shared/words/control.ts';

/** The cases that wait for the signed-in person. */
export interface Mine {
  readonly cases: readonly IndexedCase[];
  /** True if more cases may wait than were examined. */
  readonly hasMore: boolean;
}

/** The data with which the overview is drawn. */
export interface Dashboard {
  readonly view: CaseView;
  readonly mine: Mine;
  readonly controls: readonly ControlWords[];
  readonly names: SubscriptionNames;
  readonly killSwitch: SwitchState;
  readonly evidence: EvidenceFacts | undefined;
  readonly limits: Limits | undefined;
}
