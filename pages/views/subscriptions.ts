import { groupBy } from '../../shared/case-index/figures.ts';
import type { SubscriptionFacts } from '../../shared/case-index/case-index.ts';
import type { Covered } from '../../shared/case-index/service-facts.ts';
import type { Dashboard } from './dashboard-parts.ts';
import { count, plural, timeTag, withQuery } from './format.ts';
import { html, type Html, nothing } from './html.ts';

const none = { open: 0, waiting: 0, exempt: 0, closed: 0 };

/** Each guarded subscription: its open cases, the completeness of its looks, and the use of its budget. */
export function subscriptionTable({ view, limits, names }: Dashboard): Html {
  const groups = new Map(groupBy(view, 'chain').map((group) => [group.name, group]));
  const covered = new Map((view.service.sweep?.subscriptions ?? []).map((one) => [one.subscription, one]));
  return html`<section class="card" aria-labelledby="subscriptions">
    <h2 id="subscriptions">By subscription</h2>
    <table class="stack">
      <thead>
        <tr>
          <th scope="col">Subscription</th>
          <th scope="col" class="number">Open</th>
          <th scope="col" class="number">Asked</th>
          <th scope="col" class="number">Closed</th>
          <th scope="col">First look</th>
          <th scope="col">Last sweep</th>
          <th scope="col" class="number">Changes this hour</th>
        </tr>
      </thead>
      <tbody>
        ${view.subscriptions.map((facts) => {
          const { subscription } = facts;
          const { open, waiting, closed } = groups.get(subscription) ?? none;
          return html`<tr>
            <th scope="row">
              <a href="${withQuery('/cases', { subscription })}">${nameOf(subscription, names)}</a>
            </th>
            <td class="number" data-name="Open">${count(open)}</td>
            <td class="number" data-name="Asked">${count(waiting)}</td>
            <td class="number" data-name="Closed">${count(closed)}</td>
            <td data-name="First look">${baselineWords(facts)}</td>
            <td data-name="Last sweep">${coverageWords(covered.get(subscription))}</td>
            <td class="number" data-name="Changes this hour">
              ${count(facts.changesThisHour)}${limits === undefined ? nothing : ` of ${count(limits.changesPerHour)}`}
            </td>
          </tr>`;
        })}
      </tbody>
    </table>
  </section>`;
}

/** The display name of a subscription, with its id below. */
function nameOf(subscription: string, names: Dashboard['names']): Html {
  const name = names.nameOf(subscription);
  return name === undefined
    ? html`<code>${subscription}</code>`
    : html`<bdi>${name}</bdi> <span class="under"><code>${subscription}</code></span>`;
}

function baselineWords({ baseline }: SubscriptionFacts): Html {
  return baseline === undefined
    ? html`<span class="mark wary">not done: nothing is changed</span>`
    : html`done ${timeTag(baseline.completedAt)}`;
}

function coverageWords(covered: Covered | undefined): Html {
  if (covered === undefined) {
    return html`<span class="mark wary">not seen by a sweep yet</span>`;
  }
  const { isCovered, failure, resources, unreadableCount, hasTopic } = covered;
  const seen = Object.values(resources).reduce((sum, number) => sum + number, 0);
  if (!isCovered) {
    return html`<span class="mark off">not covered</span> <span class="under">${failure?.code}</span>`;
  }
  return html`<span class="mark ${unreadableCount > 0 || hasTopic === false ? 'wary' : 'ok'}"
      >${plural(seen, 'resource')} seen</span
    >
    ${unreadableCount > 0 ? html`<span class="under">${plural(unreadableCount, 'resource')} cannot be read</span>` : nothing}
    ${hasTopic === false ? html`<span class="under">no events: only sweeps see drift</span>` : nothing}`;
}
