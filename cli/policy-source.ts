import { RemediationError } from '../shared/errors.ts';
import { defaultPolicy, type Policy } from '../shared/policy/policy.ts';

/** Reads a policy file. @throws RemediationError that names the place in it and what was expected there */
export type LoadPolicy = (path: string) => Promise<Policy>;

/** What a command takes for the policy that holds where there is no file. */
export const defaultPolicyName = 'default';

/** The policy of a file, or the one that holds without a file. */
export async function policyFrom(load: LoadPolicy, path: string | undefined): Promise<Policy> {
  return path === undefined || path === defaultPolicyName ? defaultPolicy : load(path);
}

/** Until policy files can be read. */
export const loadPolicyFile: LoadPolicy = (path) =>
  Promise.reject(
    new RemediationError(
      'not-supported',
      `Cannot read the policy "${path}": this version knows the policy "default" only`,
    ),
  );
