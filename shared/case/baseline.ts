import { z } from 'zod';
import type { Policy } from '../policy/policy.ts';
import type { JsonObject } from '../contract/json.ts';

/** The baseline as the head of a subscription's chain keeps it: which controls were looked at, and when. */
const Baseline = z.object({
  completedAt: z.string(),
  controls: z.array(z.string()),
  /** Name of the policy under which the baseline was taken. */
  policy: z.string().default('default'),
  /** True where that policy turned some control off somewhere. */
  hasOff: z.boolean().default(false),
});
export type Baseline = z.infer<typeof Baseline>;

/** The baseline in a head, or undefined. A baseline that cannot be read counts as none: fail closed. */
export function baselineOf(head: JsonObject): Baseline | undefined {
  return Baseline.safeParse(head.baseline).data;
}

/**
 * True if a baseline tells what stood open under a policy. Nobody looked where a rule turned a control off, so under
 * another policy a drift found there may have stood open for a long time.
 */
export function holdsUnder(
  baseline: Pick<Baseline, 'policy' | 'hasOff'>,
  { name, hasOff }: Pick<Policy, 'name' | 'hasOff'>,
): boolean {
  return baseline.policy === name || !(baseline.hasOff || hasOff);
}
