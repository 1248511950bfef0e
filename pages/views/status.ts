import type { Dashboard } from './dashboard-parts.ts';
import { ago, count, timeTag } from './format.ts';
import { html, type Html, nothing } from './html.ts';

/** The health of the service itself: the guards of changes, the evidence, and the obstacles. */
export function statusView({ view, killSwitch, evidence, limits }: Dashboard): Html {
  const { sweep, policyLoaded, noticeFailed } = view.service;
  const now = view.asOf;
  const used = view.subscriptions.reduce((sum, { changesThisHour }) => sum + changesThisHour, 0);
  return html`<section class="card" aria-labelledby="status">
    <h2 id="status">The service</h2>
    <dl class="facts">
      <dt>Changes</dt>
      <dd>
        ${
          killSwitch.changes === 'allowed'
            ? html`<span class="mark ok">allowed</span>`
            : html`<span class="mark off">stopped</span> <a href="/kill-switch">by the kill switch</a>`
        }
      </dd>
      <dt>Budget of this hour</dt>
      <dd>
        ${count(used)}
        ${limits === undefined ? 'changes' : html`of ${count(limits.tenantChangesPerHour)} changes, in all subscriptions`}
      </dd>
      <dt>Policy</dt>
      <dd>${policyWords(policyLoaded, limits)}</dd>
      <dt>Last sweep</dt>
      <dd>
        ${sweep === undefined ? html`<span class="mark wary">none yet</span>` : html`${ago(sweep.completedAt, now)}`}
      </dd>
      <dt>Last checkpoint</dt>
      <dd>${checkpointWords(evidence, now)}</dd>
      <dt>Ledger</dt>
      <dd>${ledgerWords(evidence)}</dd>
      ${
        noticeFailed === undefined
          ? nothing
          : html`<dt>Notices</dt>
              <dd><span class="mark wary">one was given up ${ago(noticeFailed.at, now)}</span></dd>`
      }
    </dl>
  </section>`;
}

function policyWords(
  loaded: Dashboard['view']['service']['policyLoaded'],
  limits: Dashboard['limits'],
): Html | string {
  if (loaded !== undefined) {
    return html`in force since ${timeTag(loaded.at)}
      <span class="soft small">(<code>${loaded.policy.replace(/^sha256:/, '').slice(0, 12)}</code>)</span>`;
  }
  return limits === undefined
    ? html`<span class="mark off">none in force: nothing is decided</span>`
    : 'in force; when it was loaded lies further back than is read here';
}

function ledgerWords(evidence: Dashboard['evidence']): Html {
  if (evidence === undefined) {
    return html`<span class="mark wary">cannot be compared with its checkpoints now</span>`;
  }
  return evidence.isHalted || evidence.isAltered
    ? html`<span class="mark off">contradicts a checkpoint</span>`
    : html`<span class="mark ok">agrees with its checkpoints</span>`;
}

function checkpointWords(evidence: Dashboard['evidence'], now: Date): Html {
  const checkpoint = evidence?.checkpoint;
  return checkpoint === undefined
    ? html`<span class="mark wary">${evidence === undefined ? 'cannot be read now' : 'none yet'}</span>`
    : html`number ${count(checkpoint.number)}, ${ago(checkpoint.time, now)}`;
}
