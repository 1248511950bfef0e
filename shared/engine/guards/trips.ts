import { z } from 'zod';
import type { Limits } from '../../policy/policy.ts';
import { resourceIdIn } from '../../resource-id.ts';
import type { Tripped } from '../engine.ts';

/** Failures as a count keeps them. Counts of earlier versions do not name the resource. */
export const Failures = z.array(
  z.object({
    id: z.string(),
    at: z.string(),
    kind: z.enum(['not-converged', 'undone']),
    resource: z.string().optional(),
    owner: z.string().optional(),
    writers: z.array(z.string()).optional(),
  }),
);
export type Failures = z.infer<typeof Failures>;

/** The failures within a time, oldest first. */
export function within(failures: Failures, withinMs: number, now: Date): Failures {
  return failures
    .filter(({ at }) => Date.parse(at) > now.getTime() - withinMs)
    .sort((one, other) => one.at.localeCompare(other.at));
}

/**
 * The trip of a control in a subscription. It is stopped everywhere while the time holds as many failures as the policy
 * tolerates, of several owners, and else in the subscription that has as many. A resource or a writer counts once, so that
 * nobody stops the repair of what others have. Pure.
 */
export function tripIn(
  subscription: string,
  failures: Failures,
  { breaker }: Limits,
  now: Date,
): Tripped | undefined {
  const recent = within(failures, breaker.withinMs, now);
  const everywhere = tripOf(fromSeveralOwners(independent(recent), breaker.failures), breaker);
  if (everywhere !== undefined) {
    return everywhere;
  }
  const here = recent.filter(({ resource }) => subscriptionOf(resource) === subscription);
  const trip = tripOf(independent(here), breaker);
  return trip && { ...trip, subscription };
}

/** The trip of a control anywhere: of everything, else of one subscription. */
export function anyTrip(failures: Failures, limits: Limits, now: Date): Tripped | undefined {
  const subscriptions = new Set(failures.map(({ resource }) => subscriptionOf(resource)));
  return [...subscriptions].map((each) => tripIn(each, failures, limits, now)).find(Boolean);
}

function tripOf(counted: Failures, { failures, withinMs }: Limits['breaker']): Tripped | undefined {
  const last = counted.at(-failures);
  return last === undefined
    ? undefined
    : { failures: counted.length, until: new Date(Date.parse(last.at) + withinMs) };
}

/** The last failure of each resource and of each writer. */
function independent(failures: Failures): Failures {
  const seen = new Set<string>();
  const counted = failures.toReversed().filter(({ id, resource, writers = [] }) => {
    const names = [
      `resource ${resource?.toLowerCase() ?? id}`,
      ...writers.map((writer) => `writer ${writer}`),
    ];
    const isNew = names.every((name) => !seen.has(name));
    names.forEach((name) => seen.add(name));
    return isNew;
  });
  return counted.toReversed();
}

/** The last failures of each owner, of whom none has more than half of those that stop a control. */
function fromSeveralOwners(failures: Failures, most: number): Failures {
  const counts = new Map<string, number>();
  const counted = failures.toReversed().filter(({ owner, resource }) => {
    const name = owner ?? subscriptionOf(resource);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return (counts.get(name) ?? 0) <= Math.ceil(most / 2);
  });
  return counted.toReversed();
}

function subscriptionOf(resource: string | undefined): string {
  return (resource === undefined ? undefined : resourceIdIn(resource))?.subscriptionId ?? '';
}
