import type { CaseView } from '../../shared/case-index/case-index.ts';
import type { IndexedCase } from '../../shared/case-index/indexed-case.ts';
import { severities } from '../../shared/case-index/figures.ts';
import { caseStates } from '../../shared/ledger/format/states.ts';
import type { SubscriptionNames } from '../../shared/subscription-names.ts';
import { controlTitle, type ControlWords } from '../../shared/words/control.ts';
import { subscriptionText } from '../../shared/words/place.ts';
import type { CaseFilter } from '../filter.ts';
import { caseTable } from './case-table.ts';
import { cutNotice } from './dashboard.ts';
import { count, plural, withQuery } from './format.ts';
import { html, type Html, nothing } from './html.ts';
import { notice } from './layout.ts';
import { lookPath } from './look.ts';
import { severityWords } from '../../shared/words/severity.ts';
import { stateWords } from '../../shared/words/state.ts';

export interface CaseList {
  readonly view: CaseView;
  readonly filter: CaseFilter;
  readonly controls: readonly ControlWords[];
  readonly names: SubscriptionNames;
  /** The cases of this page. */
  readonly cases: readonly IndexedCase[];
  readonly total: number;
  readonly pageCount: number;
  /** True if more cases may wait than were examined. */
  readonly hasMore: boolean;
  readonly faults: readonly string[];
}

export function caseList(list: CaseList): Html {
  const { view, cases, total, controls, hasMore, filter, faults } = list;
  return html`<div class="head">
      <h1>${titleOf(filter)}</h1>
      <p>
        ${plural(total, 'case')}${hasMore ? ' or more' : ''}${filter.state === 'closed' ? ' of the last 30 days' : ''}.
      </p>
    </div>
    ${cutNotice(view)}
    ${
      faults.length === 0
        ? nothing
        : notice({
            tone: 'warn',
            title: 'Part of the address was left out',
            body: html`<ul>
              ${faults.map((fault) => html`<li>${fault}</li>`)}
            </ul>`,
          })
    }
    ${filterForm(list)}
    <section class="card" aria-label="Cases">
      ${cases.length === 0 ? html`<p>No case is like that. <a href="/cases">Show all open cases</a></p>` : caseTable(cases, controls, view.asOf, 'Cases')}
      ${pager(list)}
    </section>
    <p class="soft small"><a href="${lookPath}">Ask for a look at a resource now</a></p>`;
}

function titleOf({ waiting, state }: CaseList['filter']): string {
  if (waiting === 'me') {
    return 'Cases that wait for you';
  }
  return state === 'closed' ? 'Closed cases' : 'Cases';
}

function filterForm({ view, filter, controls, names }: CaseList): Html {
  const all = [...view.open, ...view.closed];
  const found = [...new Set(all.map(({ control }) => control))].sort();
  const chains = [
    ...new Set([
      ...view.subscriptions.map(({ subscription }) => subscription),
      ...all.map(({ chain }) => chain),
    ]),
  ];
  return html`<form method="get" action="/cases" class="card filters" aria-label="Filter">
    ${select('state', 'State', filter.state, [['', 'All open'], ...caseStates.map((state) => [state, stateWords[state]] as const)])}
    ${select('severity', 'Severity', filter.severity, [['', 'All'], ...severities.map((severity) => [severity, severityWords[severity]] as const)])}
    ${select('control', 'Control', filter.control, [['', 'All'], ...found.map((control) => [control, controlTitle(controls, control)] as const)])}
    ${select('subscription', 'Subscription', filter.subscription, [['', 'All'], ...chains.map((chain) => [chain, subscriptionText(chain, names.nameOf)] as const)])}
    ${select('waiting', 'Waiting for', filter.waiting, [
      ['', 'Anybody'],
      ['me', 'Me'],
    ])}
    <div><button>Show</button></div>
  </form>`;
}

function select(
  name: string,
  label: string,
  chosen: string | undefined,
  options: readonly (readonly [string, string])[],
): Html {
  return html`<div>
    <label for="filter-${name}">${label}</label>
    <select id="filter-${name}" name="${name}">
      ${options.map(
        ([key, words]) =>
          html`<option value="${key}" ${key === (chosen ?? '') ? html` selected` : nothing}>
            ${words}
          </option>`,
      )}
    </select>
  </div>`;
}

function pager({ filter, pageCount }: CaseList): Html {
  const { page } = filter;
  if (pageCount <= 1) {
    return nothing;
  }
  const to = (number: number): string => withQuery('/cases', { ...filter, page: number });
  return html`<nav class="pages" aria-label="Pages of the list">
    ${page > 1 ? html`<a class="button" rel="prev" href="${to(page - 1)}">Before</a>` : nothing}
    <span>Page ${count(page)} of ${count(pageCount)}</span>
    ${page < pageCount ? html`<a class="button" rel="next" href="${to(page + 1)}">Next</a>` : nothing}
  </nav>`;
}
