import type { Options } from '../../shared/approval/decision-service.ts';
import { type Proposal, proposalHash, proposalOf } from '../../shared/case/proposal.ts';
import { dataOf, type IndexedCase } from '../../shared/case-index/indexed-case.ts';
import type { Story } from '../../shared/case-index/story.ts';
import { actorText } from '../../shared/words/actor.ts';
import type { CaseData } from '../../shared/case/case-data.ts';
import { type Obstacle, obstacleOf } from '../../shared/case/obstacle.ts';
import type { SubscriptionNames } from '../../shared/subscription-names.ts';
import { capitalised } from '../../shared/words/capital.ts';
import { controlTitle, type ControlWords, controlWords } from '../../shared/words/control.ts';
import { againText } from '../../shared/words/obstacle.ts';
import { leavingTakesTwo, openerWords } from '../../shared/words/opener.ts';
import { subscriptionText } from '../../shared/words/place.ts';
import { exposureWords } from '../../shared/words/severity.ts';
import { proposedChange } from './change.ts';
import { decisionForms } from './decision.ts';
import type { Filling } from './fields.ts';
import { ago, casePath, timeTag } from './format.ts';
import { headingOf } from './heading.ts';
import { html, type Html, nothing } from './html.ts';
import { notice } from './layout.ts';
import { lookForm } from './look.ts';
import { becauseOf, severityMark, stateMark } from './marks.ts';
import { storyView } from './story.ts';

/** The data with which the page of a case is drawn. */
export interface CasePage {
  readonly indexed: IndexedCase;
  readonly controls: readonly ControlWords[];
  readonly names: SubscriptionNames;
  readonly options: Options;
  readonly story: Story;
  readonly token: string;
  readonly look: { readonly token: string; readonly isAllowed: boolean };
  readonly now: Date;
  readonly filling: Filling;
  /** The message at the top of the page. */
  readonly above: Html;
}

/** The current proposal. `isSame` is true if the rules speak of the same proposal. */
export function standing({ indexed, options }: Pick<CasePage, 'indexed' | 'options'>): {
  readonly proposal: Proposal;
  readonly isSame: boolean;
} {
  const { caseId, state } = indexed;
  const proposal = proposalOf({ caseId, state, data: dataOf(indexed) });
  return { proposal, isSame: proposalHash(proposal) === options.proposal };
}

export function casePage(page: CasePage): Html {
  const { indexed, controls, above, story } = page;
  return html`<div class="head">
      <p class="crumb"><a href="/cases">Cases</a></p>
      <h1>${headingOf(indexed, controls)}</h1>
      <p class="marks">
        ${severityMark(indexed.severity)} ${stateMark(indexed)}
        <span>${becauseOf(indexed)}</span>
      </p>
    </div>
    ${above}
    <div class="grid">${factsView(page)} ${whyView(page)}</div>
    ${lookView(page)} ${decisionView(page)} ${storyView(story)}`;
}

/** Offers a look while something may have changed for which the case waits. */
function lookView({ indexed, look, now }: CasePage): Html {
  // A case that only counts concerns no resource that could be read.
  if (indexed.state === 'closed' || !indexed.resource.startsWith('/')) {
    return nothing;
  }
  const obstacle = obstacleOf({ state: indexed.state, data: dataOf(indexed) });
  return html`<section class="card" aria-labelledby="look">
    <h2 id="look">${obstacle === undefined ? 'Look again' : 'What stands in the way'}</h2>
    ${obstacle === undefined ? nothing : obstacleView(obstacle, now)}
    ${
      look.isAllowed
        ? lookForm({
            path: `${casePath(indexed.chain, indexed.caseId)}/look`,
            token: look.token,
            hint: 'Leakstop reads the resource at once. What was refused or is held there is tried again, and closed if nothing stands in the way any more.',
          })
        : html`<p class="soft">
            Whoever has the role approver, risk owner or operator can ask for a look now.
          </p>`
    }
  </section>`;
}

function obstacleView(obstacle: Obstacle, now: Date): Html {
  return html`<p><bdi>${obstacle.what}.</bdi></p>
    <p>${obstacle.mend}</p>
    <p>Looked at again ${againText(obstacle, now)}.</p>`;
}

/** The change and the forms, together: a person decides about exactly the change that is shown. */
function decisionView(page: CasePage): Html {
  const { indexed } = page;
  const isClosed = indexed.state === 'closed';
  if (isClosed && indexed.closed !== 'fixed') {
    return nothing;
  }
  const { proposal } = standing(page);
  return html`<section class="card" aria-labelledby="change">
      <h2 id="change">${changeTitle(isClosed, proposal)}</h2>
      ${proposedChange(proposal)}
      <p class="soft small names">
        Names this proposal: <code>${proposalHash(proposal).slice(0, 16)}…</code>
      </p>
    </section>
    ${formsView(page)}`;
}

/** The forms for the proposal; a notice instead if the rules speak of another proposal by now. */
function formsView(page: CasePage): Html {
  const { indexed, options, token, now, filling } = page;
  const { proposal, isSame } = standing(page);
  if (!isSame) {
    return notice({
      tone: 'warn',
      title: 'The case is moving',
      body: html`<p>Load the page again to decide.</p>`,
    });
  }
  if (options.allowed.length === 0 && Object.keys(options.why).length === 0) {
    return nothing;
  }
  const isClosed = indexed.state === 'closed';
  return decisionForms({
    path: casePath(indexed.chain, indexed.caseId),
    token,
    options,
    hasChange: proposal.steps.length > 0,
    isUndo: isClosed || dataOf(indexed).undo !== undefined,
    isClosed,
    now,
    filling,
  });
}

function changeTitle(isClosed: boolean, { steps }: Proposal): string {
  if (isClosed) {
    return 'What an undo would write';
  }
  return steps.length === 0 ? 'What is different' : 'The exact change';
}

function factsView({ indexed, now }: CasePage): Html {
  const data = dataOf(indexed);
  const { due, hold, exposure, failure } = data;
  return html`<section class="card" aria-labelledby="facts">
    <h2 id="facts">${indexed.state === 'closed' ? 'What was open' : 'What is open'}</h2>
    <dl class="facts">
      <dt>Resource</dt>
      <dd>
        <code><bdi>${indexed.resource}</bdi></code>
      </dd>
      <dt>First seen drifted</dt>
      <dd>${timeTag(data.firstSeenDrifted)} (${ago(data.firstSeenDrifted, now)})</dd>
      ${
        data.lastSeenInSync === undefined
          ? nothing
          : html`<dt>Last seen in sync</dt>
              <dd>${timeTag(data.lastSeenInSync)}</dd>`
      }
      <dt>Opened by</dt>
      <dd>${openedBy(data)}</dd>
      ${
        exposure === undefined
          ? nothing
          : html`<dt>Exposure</dt>
              <dd>${capitalised(exposureWords[exposure])}</dd>`
      }
      ${
        due === undefined
          ? nothing
          : html`<dt>Due</dt>
              <dd>${timeTag(due.at)}, owner <bdi>${due.owner}</bdi></dd>`
      }
      ${
        hold?.until === undefined || indexed.state !== 'held'
          ? nothing
          : html`<dt>Held until</dt>
              <dd>${timeTag(hold.until)}</dd>`
      }
      ${
        failure === undefined
          ? nothing
          : html`<dt>Last failure</dt>
              <dd>
                ${failure.message}${failure.action === undefined ? nothing : html` (<code>${failure.action}</code>)`}
              </dd>`
      }
      ${
        indexed.closedAt === undefined
          ? nothing
          : html`<dt>Closed</dt>
              <dd>${timeTag(indexed.closedAt)}</dd>`
      }
    </dl>
  </section>`;
}

function openedBy({ opener }: CaseData): Html {
  const { actors, certainty } = openerWords(opener);
  if (actors.length === 0) {
    return html`${capitalised(certainty)}; ${leavingTakesTwo}.`;
  }
  const names = actors.map((actor, index) => html`${index === 0 ? '' : ', '}<bdi>${actorText(actor)}</bdi>`);
  return html`${names} (${certainty})`;
}

function whyView({ indexed, controls, names }: CasePage): Html {
  const control = controlWords(controls, indexed.control);
  return html`<section class="card" aria-labelledby="why">
    <h2 id="why">Why it matters</h2>
    <p>
      ${control?.rationale ?? 'This version of Leakstop does not know the control: another one opened the case.'}
    </p>
    <dl class="facts">
      <dt>Wanted</dt>
      <dd>${controlTitle(controls, indexed.control)}</dd>
      <dt>Control</dt>
      <dd><code>${indexed.control}</code></dd>
      <dt>Case</dt>
      <dd><code>${indexed.caseId}</code></dd>
      <dt>Subscription</dt>
      <dd><bdi>${subscriptionText(indexed.chain, names.nameOf)}</bdi></dd>
    </dl>
  </section>`;
}
