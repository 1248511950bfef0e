import { z } from 'zod';
import type { JsonObject } from '../contract/json.ts';
import { canonicalJson } from '../ledger/format/json.ts';

/** Most closings and openers that are remembered. A policy counts up to a hundred rounds. */
const mostClosings = 100;
const mostOpeners = 50;

/** The history of a drift that was opened again after Leakstop closed it. Each case hands it on to the next. */
export const Rounds = z.object({
  /** When Leakstop closed the drift, newest last. */
  closings: z.array(z.string()),
  /** Closings since `since`, also those that are no longer listed. */
  count: z.int().positive(),
  /** When the drift was first seen. */
  since: z.string(),
  /** Time for which it stood open since then, up to the last closing. */
  openMs: z.number(),
  /** Everybody who may have opened it. */
  openers: z.array(z.custom<JsonObject>((value) => typeof value === 'object' && value !== null)),
  /** When people were last told. */
  toldAt: z.string().optional(),
});
export type Rounds = z.infer<typeof Rounds>;

/** The history after one more closing. */
export function withClosing(
  { rounds, firstSeenDrifted }: { readonly rounds?: Rounds | undefined; readonly firstSeenDrifted: string },
  openers: readonly JsonObject[],
  closedAt: string,
): Rounds {
  const openedAt = openSince({ rounds, firstSeenDrifted });
  const all = [...(rounds?.openers ?? []), ...openers];
  return {
    ...rounds,
    closings: [...(rounds?.closings ?? []), closedAt].slice(-mostClosings),
    count: (rounds?.count ?? 0) + 1,
    since: rounds?.since ?? firstSeenDrifted,
    openMs: (rounds?.openMs ?? 0) + Math.max(0, Date.parse(closedAt) - Date.parse(openedAt)),
    openers: distinctActors(all).slice(0, mostOpeners),
  };
}

/** When the present opening was first seen, or the last closing if the drift was opened before that was verified. */
export function openSince({
  rounds,
  firstSeenDrifted,
}: {
  readonly rounds?: Rounds | undefined;
  readonly firstSeenDrifted: string;
}): string {
  const last = rounds?.closings.at(-1) ?? firstSeenDrifted;
  return last > firstSeenDrifted ? last : firstSeenDrifted;
}

/** Number of closings within a time. */
export function roundsWithin(rounds: Rounds | undefined, withinMs: number, now: Date): number {
  const since = new Date(now.getTime() - withinMs).toISOString();
  return (rounds?.closings ?? []).filter((at) => at >= since).length;
}

/** Distinct actors, whatever the order of their members. Empty actors are dropped. */
export function distinctActors(actors: readonly JsonObject[]): JsonObject[] {
  const known = actors.filter((actor) => Object.keys(actor).length > 0);
  return [...new Map(known.map((actor) => [canonicalJson(actor), actor])).values()];
}
