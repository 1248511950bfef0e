import { z } from 'zod';
import type { Policy } from '../policy/policy.ts';
import type { JsonObject } from '../contract/json.ts';

/** What the head of a subscription's chain keeps of its baseline: which controls were looked at, and when. */
const Baseline = z.object({
  startedAt: z.string(),
  completedAt: z.string(),
  controls: z.array(z.string()),
  /** The policy under which it was taken. */
  policy: z.string().default('default'),
  /** Whether that policy turned some control off somewhere. */
  hasOff: z.boolean().default(false),
});
export type Baseline = z.infer<typeof Baseline>;

/** The baseline in a head; undefined when there is none. A baseline that cannot be read counts as none: fail closed. */
export function baselineOf(head: JsonObject): Baseline | undefined {
  return Baseline.safeParse(head.baseline).data;
}

/**
 * Whether a baseline tells what stood open under a policy. Where a rule turned a control off nobody looked, so once the
 * policy is another one, what is found there may have stood open for long.
 */
export function holdsUnder(baseline: Baseline, { name, hasOff }: Pick<Policy, 'name' | 'hasOff'>): boolean {
  return baseline.policy === name || !(baseline.hasOff || hasOff);
}
