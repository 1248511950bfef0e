import type { ResourceGraph } from '../../azure/resource-graph.ts';
import type { Clock } from '../../clock.ts';
import type { ArmResource } from '../../contract/observation.ts';

const query = `resources | where type =~ 'microsoft.eventgrid/systemtopics' | order by id asc`;
const topicType = 'microsoft.resources.subscriptions';
/** Longest time for a page, and the most pages of one answer. */
const pageMs = 30_000;
const mostPages = 20;

/** The subscriptions that have a topic of their own: only such a topic can tell of their events. */
export async function subscriptionsWithTopic(
  graph: ResourceGraph,
  clock: Clock,
  subscriptions: readonly string[],
): Promise<ReadonlySet<string>> {
  const sources = new Set<string>();
  let after: string | undefined;
  for (let count = 0; count < mostPages; count += 1) {
    const until = new Date(clock.now().getTime() + pageMs);
    const page = await graph.page({ query, subscriptions, after, until });
    page.rows.map(sourceOf).forEach((source) => sources.add(source));
    after = page.next;
    if (after === undefined) {
      break;
    }
  }
  return new Set(subscriptions.filter((id) => sources.has(`/subscriptions/${id}`.toLowerCase())));
}

/** The subscription whose events a topic reports; an empty text for a topic of any other source. */
function sourceOf({ properties }: ArmResource): string {
  const topic = properties as { topicType?: unknown; source?: unknown } | null | undefined;
  const isOfSubscription =
    typeof topic?.topicType === 'string' && topic.topicType.toLowerCase() === topicType;
  return isOfSubscription && typeof topic.source === 'string' ? topic.source.toLowerCase() : '';
}
