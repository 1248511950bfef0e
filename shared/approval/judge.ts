import type { Clock } from '../clock.ts';
import type { Case } from '../case/draft.ts';
import type { Caller } from '../entra/caller.ts';
import type { Policy } from '../policy/policy.ts';
import type { DecisionRequest, DecisionResult, Options } from './decision-service.ts';
import type { DecisionVerifier } from './decision-verifier.ts';
import { faultOf, optionsOf, standingOf, type StandingCase } from './options.ts';

/** Somebody's decision on a case that was found, or was not. */
export interface JudgedDecision {
  readonly found: Case | 'drifted-again';
  readonly request: DecisionRequest;
  readonly caller: Caller;
  readonly policy: Policy;
  readonly subscription: string;
}

/**
 * The case as it stands for a decision, or why the decision is refused. The web app asks before it signs, and the worker
 * before it records: in between anything may have happened.
 */
export async function judge(
  parts: { readonly verifier: DecisionVerifier; readonly clock: Clock },
  { found, request, caller, policy, subscription }: JudgedDecision,
): Promise<
  | { readonly standing: StandingCase; readonly options: Options }
  | Extract<DecisionResult, { kind: 'refused' }>
> {
  if (found === 'drifted-again') {
    const message = 'The case is closed, and its drift has a case again: decide about that one';
    return { kind: 'refused', code: 'not-decidable', message };
  }
  const standing = await standingOf(parts, found, subscription);
  const options = optionsOf(standing, caller, policy, parts.clock.now());
  return faultOf({ request, standing, caller, options, policy }) ?? { standing, options };
}
