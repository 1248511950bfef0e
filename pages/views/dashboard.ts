import type { CaseView } from '../../shared/case-index/case-index.ts';
import { closing, groupBy, isExempt, lapsing, openByAge } from '../../shared/case-index/figures.ts';
import { dataOf } from '../../shared/case-index/indexed-case.ts';
import { controlTitle, type ControlWords } from '../../shared/words/control.ts';
import { shortHeading } from '../../shared/words/heading.ts';
import { ageChart, ageTable, closedChart } from './charts.ts';
import { caseTable } from './case-table.ts';
import type { Dashboard } from './dashboard-parts.ts';
import { count, plural, span, timeTag, withQuery } from './format.ts';
import { html, type Html, nothing } from './html.ts';
import { notice } from './layout.ts';
import { resourceLink } from './marks.ts';
import { statusView } from './status.ts';
import { subscriptionTable } from './subscriptions.ts';
import { closeWords } from '../../shared/words/close.ts';
import { wordFor } from '../../shared/words/known-word.ts';

const mostMine = 8;
const lapsingMs = 14 * 24 * 60 * 60_000;

export function dashboard(page: Dashboard): Html {
  const { view, controls } = page;
  return html`<div class="head">
      <h1>Overview</h1>
      <p>As the ledger stands at ${timeTag(view.asOf)}.</p>
    </div>
    ${cutNotice(view)} ${alarms(page)} ${tiles(page)} ${mineView(page)}
    <div class="grid">
      <section class="card" aria-labelledby="age">
        <h2 id="age">Open, by age and severity</h2>
        ${ageChart(openByAge(view))} ${ageTable(openByAge(view))}
      </section>
      ${closedView(view)}
    </div>
    <div class="grid">${controlView(view, controls)} ${statusView(page)}</div>
    ${subscriptionTable(page)} ${lapsingView(view, controls)}`;
}

/** Says that the view is not complete. */
export function cutNotice({ left, leftClosed, unreadable }: CaseView): Html {
  if (left + leftClosed + unreadable === 0) {
    return nothing;
  }
  return notice({
    tone: 'warn',
    title: 'Not every case is shown',
    body: html`<ul>
      ${left === 0 ? nothing : html`<li>At least ${plural(left, 'open case')} did not fit into the memory of this app. The ledger has them; an export shows them.</li>`}
      ${leftClosed === 0 ? nothing : html`<li>${plural(leftClosed, 'closed case')} of the last 30 days, the oldest ones, did not fit.</li>`}
      ${unreadable === 0 ? nothing : html`<li>${plural(unreadable, 'case')} could not be read. Run the verifier on an export.</li>`}
    </ul>`,
  });
}

/** Matters that stop everything, or that people should know first. */
function alarms({ killSwitch, evidence, view }: Dashboard): Html {
  const { policyRefused } = view.service;
  return html`${
    evidence?.isHalted === true || evidence?.isAltered === true
      ? notice({
          tone: 'bad',
          title: 'Changes are stopped: the ledger contradicts a checkpoint',
          body: html`<p>
            Somebody has to compare them. Nothing is changed until an operator lets it go on.
          </p>`,
        })
      : nothing
  }${
    killSwitch.changes === 'stopped'
      ? notice({
          tone: 'warn',
          title: 'The kill switch stops every change',
          body: html`<p>
            ${killSwitch.reason ?? ''} <a href="/kill-switch">See who turned it, and why</a>.
          </p>`,
        })
      : nothing
  }${
    policyRefused === undefined
      ? nothing
      : notice({
          tone: 'warn',
          title: 'The newest policy document was not taken',
          body: html`<p>What held before still holds. Refused on ${timeTag(policyRefused.at)}:</p>
            <ul>
              ${policyRefused.faults.slice(0, 5).map((fault) => html`<li>${fault}</li>`)}
            </ul>`,
        })
  }`;
}

function tiles({ view, mine }: Dashboard): Html {
  const working = view.open.filter((one) => !isExempt(one));
  const critical = working.filter(({ severity }) => severity === 'critical').length;
  const { median, count: closed } = closing(view);
  const asked = view.open.filter(({ state }) => state === 'awaiting-decision').length;
  const number = `${count(mine.cases.length)}${mine.hasMore ? '+' : ''}`;
  return html`<ul class="tiles">
    ${tile('/cases?waiting=me', number, 'wait for you')}
    ${tile('/cases?state=awaiting-decision', count(asked), 'wait for a decision')}
    ${tile('/cases', count(working.length), 'open')}
    ${tile('/cases?severity=critical', count(critical), 'of them critical')}
    ${tile('/cases?state=closed', count(closed), 'closed in 30 days')}
    <li class="tile">
      <div><b>${median === undefined ? '–' : span(median)}</b><span>median time to close</span></div>
    </li>
  </ul>`;
}

function tile(path: string, figure: string, words: string): Html {
  return html`<li class="tile">
    <a href="${path}"><b>${figure}</b><span>${words}</span></a>
  </li>`;
}

function mineView({ mine, controls, view }: Dashboard): Html {
  return html`<section class="card" aria-labelledby="mine">
    <h2 id="mine">Waiting for you</h2>
    ${
      mine.cases.length === 0
        ? html`<p class="soft">Nothing waits for a decision of yours.</p>`
        : html`${caseTable(mine.cases.slice(0, mostMine), controls, view.asOf, 'Cases that wait for you')}
            <p class="pages">
              ${mine.cases.length > mostMine || mine.hasMore ? html`<a href="/cases?waiting=me">All that wait for you</a>` : nothing}
              <a href="/decide-many">Decide several of one control at once</a>
            </p>`
    }
  </section>`;
}

function closedView(view: CaseView): Html {
  const figures = closing(view);
  const { count: all, median, p95, reasons } = figures;
  return html`<section class="card" aria-labelledby="closed">
    <h2 id="closed">Closed in the last 30 days</h2>
    ${all === 0 ? html`<p class="soft">Nothing was closed.</p>` : closedChart(figures)}
    <dl class="facts">
      <dt>Time to close</dt>
      <dd>
        ${median === undefined || p95 === undefined ? 'not known yet' : html`half within ${span(median)}, 95 of 100 within ${span(p95)}`}
      </dd>
      ${reasons.map(
        ({ reason, count: number }) =>
          html`<dt>${wordFor(closeWords, reason)}</dt>
            <dd>${count(number)}</dd>`,
      )}
    </dl>
  </section>`;
}

function controlView(view: CaseView, controls: readonly ControlWords[]): Html {
  const groups = groupBy(view, 'control');
  return html`<section class="card" aria-labelledby="controls">
    <h2 id="controls">By control</h2>
    ${
      groups.length === 0
        ? html`<p class="soft">No case yet.</p>`
        : html`<table class="stack">
            <thead>
              <tr>
                <th scope="col">Control</th>
                <th scope="col" class="number">Open</th>
                <th scope="col" class="number">Asked</th>
                <th scope="col" class="number">Exempt</th>
                <th scope="col" class="number">Closed</th>
              </tr>
            </thead>
            <tbody>
              ${groups.map(
                ({ name, open, waiting, exempt, closed }) =>
                  html`<tr>
                    <th scope="row">
                      <a href="${withQuery('/cases', { control: name })}">${controlTitle(controls, name)}</a>
                    </th>
                    <td class="number" data-name="Open">${count(open)}</td>
                    <td class="number" data-name="Asked">${count(waiting)}</td>
                    <td class="number" data-name="Exempt">${count(exempt)}</td>
                    <td class="number" data-name="Closed">${count(closed)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
    }
  </section>`;
}

function lapsingView(view: CaseView, controls: readonly ControlWords[]): Html {
  const soon = lapsing(view, lapsingMs);
  return html`<section class="card" aria-labelledby="lapsing">
    <h2 id="lapsing">Exemptions that end within 14 days</h2>
    ${
      soon.length === 0
        ? html`<p class="soft">None.</p>`
        : html`<table class="stack">
            <thead>
              <tr>
                <th scope="col">Resource</th>
                <th scope="col">What is wrong</th>
                <th scope="col">Ends</th>
              </tr>
            </thead>
            <tbody>
              ${soon.slice(0, 20).map(
                (one) =>
                  html`<tr>
                    <th scope="row">${resourceLink(one)}</th>
                    <td>${shortHeading(controls, dataOf(one))}</td>
                    <td>${timeTag(one.hold?.until ?? 0)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
    }
    ${soon.length > 20 ? html`<p class="soft">And ${count(soon.length - 20)} more.</p>` : nothing}
  </section>`;
}
