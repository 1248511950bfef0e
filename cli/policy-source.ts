import type { Clock } from '../shared/clock.ts';
import { defaultPolicy, type Policy } from '../shared/policy/policy.ts';
import { readPolicyFile } from './policy-file.ts';
import { PolicyRefusal } from './policy-refusal.ts';
import { diagnosticsText } from './policy-text.ts';

/** Reads a policy file. @throws RemediationError that names the faulty place and the expected content */
export type LoadPolicy = (path: string) => Promise<Policy>;

/** Name of the policy that holds without a file. */
export const defaultPolicyName = 'default';

/** The policy of a file, or the one that holds without a file. */
export async function policyFrom(load: LoadPolicy, path: string | undefined): Promise<Policy> {
  return path === undefined || path === defaultPolicyName ? defaultPolicy : load(path);
}

/** Reads a policy file as the service would. Errors name the places of faults. */
export function loadPolicyFile(clock: Clock): LoadPolicy {
  return async (path) => {
    const file = await readPolicyFile(path, {}, clock.now());
    const { accepted } = file.reading;
    if (accepted === undefined) {
      throw new PolicyRefusal(`Cannot judge by the policy "${path}": it is not valid`, diagnosticsText(file));
    }
    return accepted.policy;
  };
}
