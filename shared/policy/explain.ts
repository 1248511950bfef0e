import type { Mode } from '../contract/remediator.ts';
import type { PolicyDocument } from './document.ts';
import { askedOf } from './matcher.ts';
import type {
  Approver,
  AzureExemptionRuling,
  ExemptionRuling,
  OwnershipRuling,
  Policy,
  PolicySubject,
  Ruling,
  Timing,
} from './policy.ts';
import { compileRules, judgeRules, type RuleVerdict } from './rules.ts';

/** Everything that a policy says about one control on one resource, and why. Data, printed as it is. */
export interface Explanation {
  readonly policy: string;
  readonly subject: PolicySubject;
  /** Every rule in its order, with its verdict. */
  readonly rules: readonly { readonly name: string; readonly mode: Mode; readonly verdict: RuleVerdict }[];
  readonly ruling: Ruling;
  readonly exemption: ExemptionRuling | undefined;
  readonly timing: Timing;
  readonly release: string | undefined;
  readonly ownership: OwnershipRuling | undefined;
  readonly azureExemptions: AzureExemptionRuling | undefined;
  readonly approvers: readonly Approver[];
}

/** @throws RemediationError `malformed-input` when the subject's resource is not an ARM id */
export function explainPolicy(
  { document, policy }: { readonly document: PolicyDocument; readonly policy: Policy },
  subject: PolicySubject,
  now: Date,
): Explanation {
  const rules = compileRules(document.rules ?? [], document.protectedTags ?? []);
  const { ruling, verdicts } = judgeRules(rules, askedOf(subject), subject.defaultMode);
  return {
    policy: policy.name,
    subject,
    rules: rules.flatMap(({ name, mode }, index) => {
      const verdict = verdicts[index];
      return verdict === undefined ? [] : [{ name, mode, verdict }];
    }),
    ruling,
    exemption: policy.exemptionOf(subject, now),
    timing: policy.timingOf(subject, now),
    release: policy.releaseOf(subject),
    ownership: policy.ownershipOf(subject),
    azureExemptions: policy.azureExemptionsOf(subject),
    approvers: policy.approversOf(subject.resource),
  };
}
