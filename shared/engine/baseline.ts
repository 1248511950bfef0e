import { z } from 'zod';
import type { JsonObject } from './remediator.ts';

/** What the head of a subscription's chain keeps of its baseline: which controls were looked at, and when. */
const Baseline = z.object({
  startedAt: z.string(),
  completedAt: z.string(),
  controls: z.array(z.string()),
});
export type Baseline = z.infer<typeof Baseline>;

/** The baseline in a head; undefined when there is none. A baseline that cannot be read counts as none: fail closed. */
export function baselineOf(head: JsonObject): Baseline | undefined {
  return Baseline.safeParse(head.baseline).data;
}
