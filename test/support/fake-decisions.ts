import type {
  DecisionRequest,
  DecisionResult,
  DecisionService,
} from '../../shared/approval/decision-service.ts';
import { proposalHash, proposalOf } from '../../shared/case/proposal.ts';
import { readCaseData } from '../../shared/case/case-data.ts';
import type { Verdict } from '../../shared/case/decision.ts';
import type { Caller } from '../../shared/entra/caller.ts';
import type { KillSwitch } from '../../shared/policy/kill-switch.ts';

/** Takes decisions as a test says, and keeps what was recorded. It judges nothing. */
export class FakeDecisions implements DecisionService {
  readonly recorded: { readonly request: DecisionRequest; readonly caller: Caller }[] = [];
  /** What the next decisions meet, instead of being recorded. */
  answer: ((request: DecisionRequest) => DecisionResult) | undefined;
  fault: Error | undefined;
  allowed: readonly Verdict[] = ['approve'];
  changes: 'stopped' | 'allowed' = 'allowed';
  turns: { readonly to: 'stopped' | 'allowed'; readonly reason: string; readonly by: string }[] = [];

  async decide(request: DecisionRequest, caller: Caller): Promise<DecisionResult> {
    await Promise.resolve();
    if (this.fault) {
      throw this.fault;
    }
    const result = this.answer?.(request) ?? { kind: 'recorded', given: 1, needed: 1 };
    if (result.kind === 'recorded') {
      this.recorded.push({ request, caller });
    }
    return result;
  }

  optionsFor: DecisionService['optionsFor'] = (row) =>
    Promise.resolve({
      proposal: proposalHash(proposalOf({ caseId: row.caseId, state: row.state, data: readCaseData(row) })),
      allowed: this.allowed,
      why: { deny: 'it takes a Leakstop.RiskOwner' },
      given: [],
      needed: { approve: 1 },
    });

  turnKillSwitch: DecisionService['turnKillSwitch'] = async (to, reason, caller) => {
    await Promise.resolve();
    if (this.fault) {
      throw this.fault;
    }
    this.changes = to;
    this.turns.push({ to, reason, by: caller.objectId });
    return { kind: 'turned' };
  };

  readonly killSwitch: Pick<KillSwitch, 'read'> = {
    read: () => Promise.resolve({ changes: this.changes, because: 'said', reason: 'told by a test' }),
  };
}
