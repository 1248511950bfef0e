import type { Dashboard } from './dashboard-parts.ts';
import { ago, count, timeTag } from './format.ts';
import { html, type Html, nothing } from './html.ts';

/** Whether the service itself is well: what guards, what vouches and what holds it. */
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
      <dd>
        ${
          policyLoaded === undefined
            ? limits === undefined
              ? html`<span class="mark off">none in force: nothing is decided</span>`
              : 'in force; when it was loaded lies further back than is read here'
            : html`in force since ${timeTag(policyLoaded.at)}
                <span class="soft small"
                  >(<code>${policyLoaded.policy.replace(/^sha256:/, '').slice(0, 12)}</code>)</span
                >`
        }
      </dd>
      <dt>Last sweep</dt>
      <dd>
        ${sweep === undefined ? html`<span class="mark wary">none yet</span>` : html`${ago(sweep.completedAt, now)}`}
      </dd>
      <dt>Last checkpoint</dt>
      <dd>${checkpointWords(evidence, now)}</dd>
      <dt>Ledger</dt>
      <dd>
        ${
          evidence === undefined
            ? html`<span class="mark wary">cannot be compared with its checkpoints now</span>`
            : evidence.isHalted || evidence.isAltered
              ? html`<span class="mark off">contradicts a checkpoint</span>`
              : html`<span class="mark ok">agrees with its checkpoints</span>`
        }
      </dd>
      ${
        noticeFailed === undefined
          ? nothing
          : html`<dt>Notices</dt>
              <dd><span class="mark wary">one was given up ${ago(noticeFailed.at, now)}</span></dd>`
      }
    </dl>
  </section>`;
}

function checkpointWords(evidence: Dashboard['evidence'], now: Date): Html {
  const checkpoint = evidence?.checkpoint;
  return checkpoint === undefined
    ? html`<span class="mark wary">${evidence === undefined ? 'cannot be read now' : 'none yet'}</span>`
    : html`number ${count(checkpoint.number)}, ${ago(checkpoint.time, now)}`;
}
