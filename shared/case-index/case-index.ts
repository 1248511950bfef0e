import type { Clock } from '../clock.ts';
import { baselineOf, type Baseline } from '../case/baseline.ts';
import type { ChainReader } from '../ledger/chain-reader.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { FollowedCases, type IndexLimits } from './followed-cases.ts';
import type { IndexedCase } from './indexed-case.ts';
import { type ServiceFacts, ServiceLog } from './service-facts.ts';
import { unlessMalformed } from './tolerant.ts';

/** The facts about one subscription beside its cases. */
export interface SubscriptionFacts {
  readonly subscription: string;
  /** Undefined until the first look at everything has ended: no resource is changed before. */
  readonly baseline: Baseline | undefined;
  /** The number of changes started in this hour. */
  readonly changesThisHour: number;
}

/** The data for all lists and charts, at one moment. */
export interface CaseView {
  /** The time of reading. */
  readonly asOf: Date;
  readonly open: readonly IndexedCase[];
  /** Cases closed in the last thirty days. */
  readonly closed: readonly IndexedCase[];
  /** The number of open cases left out, because there are too many for the memory of one process. */
  readonly left: number;
  /** The number of closed cases left out for the same reason. */
  readonly leftClosed: number;
  /** The number of rows that do not have their format. */
  readonly unreadable: number;
  readonly subscriptions: readonly SubscriptionFacts[];
  readonly service: ServiceFacts;
  find(subscription: string, caseId: string): IndexedCase | undefined;
}

/**
 * All open cases and the recently closed ones, in the memory of this process. The index is for people to read: no
 * change is decided by it.
 */
export interface CaseIndex {
  /** The cases as they were at most a second ago. @throws RemediationError when the ledger cannot be read */
  read(): Promise<CaseView>;
  /** Says that something was just written: the next {@link read} looks at the ledger. */
  touch(): void;
}

export interface CaseIndexParts {
  readonly reader: ChainReader;
  readonly ledger: Pick<Ledger, 'readRoot' | 'changesThisHour'>;
  /** Lower case. */
  readonly subscriptions: readonly string[];
  readonly clock: Clock;
  readonly limits?: Partial<IndexLimits>;
}

const dayMs = 24 * 60 * 60_000;
const defaultLimits: IndexLimits = { mostOpen: 20_000, mostClosed: 10_000, closedForMs: 30 * dayMs };
const freshForMs = 1_000;
/** Counts and baselines change slowly, and cost a read for each subscription. */
const factsForMs = 5_000;

export function openCaseIndex({ reader, ledger, subscriptions, clock, limits }: CaseIndexParts): CaseIndex {
  const bounds = { ...defaultLimits, ...limits };
  const chains = [...subscriptions, 'tenant', 'service'].map(
    (chain) => new FollowedCases(chain, reader, bounds),
  );
  const log = new ServiceLog();
  let view: CaseView | undefined;
  let facts: { readonly until: number; readonly of: readonly SubscriptionFacts[] } | undefined;
  let reading: Promise<CaseView> | undefined;

  const readFacts = async (): Promise<readonly SubscriptionFacts[]> => {
    const now = clock.now().getTime();
    if (facts === undefined || now >= facts.until) {
      const of = await Promise.all(subscriptions.map((chain) => factsOf(ledger, chain)));
      facts = { until: now + factsForMs, of };
    }
    return facts.of;
  };
  const follow = async (): Promise<CaseView> => {
    const asOf = clock.now();
    await Promise.all([log.follow(reader), ...chains.map((chain) => chain.follow(asOf))]);
    view = viewOf(chains, { asOf, subscriptions: await readFacts(), service: log.facts });
    return view;
  };
  return {
    read: async () => {
      if (view !== undefined && clock.now().getTime() - view.asOf.getTime() < freshForMs) {
        return view;
      }
      reading ??= follow().finally(() => (reading = undefined));
      return reading;
    },
    touch: () => {
      view = undefined;
      facts = undefined;
    },
  };
}

async function factsOf(ledger: CaseIndexParts['ledger'], subscription: string): Promise<SubscriptionFacts> {
  const [head, changesThisHour] = await Promise.all([
    unlessMalformed(async () => (await ledger.readRoot(subscription, subscription)).head),
    unlessMalformed(() => ledger.changesThisHour(subscription)),
  ]);
  return {
    subscription,
    baseline: head && baselineOf(head),
    changesThisHour: changesThisHour ?? 0,
  };
}

function viewOf(
  chains: readonly FollowedCases[],
  facts: Pick<CaseView, 'asOf' | 'subscriptions' | 'service'>,
): CaseView {
  const all = chains.flatMap(({ cases }) => [...cases.values()]);
  const byChain = new Map(chains.map(({ chain, cases }) => [chain, cases]));
  return {
    ...facts,
    open: all.filter(({ state }) => state !== 'closed'),
    closed: all.filter(({ state }) => state === 'closed'),
    left: chains.reduce((sum, { left }) => sum + left, 0),
    leftClosed: chains.reduce((sum, { leftClosed }) => sum + leftClosed, 0),
    unreadable: chains.reduce((sum, { unreadable }) => sum + unreadable, 0),
    find: (subscription, caseId) => byChain.get(subscription)?.get(caseId),
  };
}
