import { parseResourceId } from '../../resource-id.ts';
import type { SweepProgress, SweepRun } from '../../work/sweep-run.ts';
import type { Engine } from '../engine.ts';
import { rootKey } from '../../ledger/format/keys.ts';
import { resourceObservable } from '../../contract/engine-controls.ts';
import { knownCases, unreadableRoots } from './known-cases.ts';

/** A resource that nobody could look at, and why. */
interface Unreadable {
  readonly resource: string;
  readonly code: string;
  /** The Azure action that is missing. */
  readonly action?: string;
}

/** A sweep's statement about one subscription: evidence that it was seen, or the gap. */
export interface Coverage {
  readonly subscription: string;
  /** True if everything was walked, the subscription could be listed, and every look that was begun has ended. */
  readonly isCovered: boolean;
  /** The reason why not everything is covered. */
  readonly failure?: SweepProgress['failure'];
  /** Resources that Resource Graph showed, by lower-case type. */
  readonly resources: Readonly<Record<string, number>>;
  /** Roots that were put on the queue to be read themselves. */
  readonly looks: number;
  /** Resources that could not be read when the sweep ended; the first hundred by name. */
  readonly unreadable: readonly Unreadable[];
  readonly unreadableCount: number;
  /** True if a topic tells of its events; absent if that could not be asked. */
  readonly hasTopic?: boolean;
}

/** Most resources that are named. */
const mostNamed = 100;

export async function coverageOf(
  engine: Engine,
  run: SweepRun,
  topics: ReadonlySet<string> | undefined,
  unended: readonly string[],
): Promise<readonly Coverage[]> {
  const coverages: Coverage[] = [];
  for (const [subscription, { failure, seen, looks }] of Object.entries(run.subscriptions)) {
    const left = unended.filter(
      (root) => parseResourceId(root).subscriptionId === subscription.toLowerCase(),
    );
    const unreadable = [
      ...left.map((resource) => ({ resource, code: 'not-looked-at' })),
      ...(await unreadableIn(engine, subscription)),
    ];
    coverages.push({
      subscription,
      isCovered: failure === undefined && left.length === 0,
      ...(failure === undefined ? {} : { failure }),
      resources: seen,
      looks,
      unreadable: unreadable.slice(0, mostNamed),
      unreadableCount: unreadable.length,
      ...(topics === undefined ? {} : { hasTopic: topics.has(subscription) }),
    });
  }
  return coverages;
}

/** The resources of a subscription that cannot be read, from the ledger: each of them has a case. */
async function unreadableIn(engine: Engine, subscription: string): Promise<readonly Unreadable[]> {
  const { roots, unreadable } = await knownCases(engine, subscription);
  const cases = [...roots.values()].flatMap((root) => [...root.values()]);
  const found = cases
    .filter(({ data }) => data.control === resourceObservable)
    .map(({ data: { resource, failure } }): Unreadable => {
      const { code = 'internal-error', action } = failure ?? {};
      return { resource, code, ...(action === undefined ? {} : { action }) };
    });
  // The case of the root says so, too. For a root without a case, only the row's own name is known.
  const named = new Set(found.map(({ resource }) => rootKey(resource)));
  const nameless = [...unreadableRoots({ unreadable })].filter((root) => !named.has(root));
  const nameOf = (key: string): string => [...roots.keys()].find((root) => rootKey(root) === key) ?? key;
  return [...found, ...nameless.map((key) => ({ resource: nameOf(key), code: 'malformed-input' }))];
}
