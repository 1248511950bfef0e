import { Command } from 'commander';
import { type ExitCode } from './exit-codes.ts';
import { policyCheck } from './policy-check.ts';
import { policyExplain } from './policy-explain.ts';
import type { PolicyContext } from './policy-file.ts';

export type { PolicyContext } from './policy-file.ts';

/** `leakstop policy`. */
export function policyCommand(context: PolicyContext, end: (code: ExitCode) => void): Command {
  return new Command('policy')
    .description('The policy document: what Leakstop may do, and what it waits for.')
    .addCommand(policyCheck(context, end))
    .addCommand(policyExplain(context));
}
