import { conditionAt, type Proposal } from '../../shared/case/proposal.ts';
import type { Condition } from '../../shared/contract/condition.ts';
import type { Step } from '../../shared/contract/step.ts';
import { value } from './format.ts';
import { html, type Html, nothing } from './html.ts';

/**
 * What a decision is about, all of it and nothing else: it is made of the {@link Proposal} whose hash the form carries.
 */
export function proposedChange(proposal: Proposal): Html {
  const { steps, differences } = proposal;
  return html`${steps.length === 0 ? noChange(differences) : steps.map((step, index) => stepDiff(step, index, steps.length))}
  ${consequences(proposal)}`;
}

/** What may break, and the way back. */
function consequences({ steps, impact, undo }: Proposal): Html {
  if (steps.length === 0) {
    return nothing;
  }
  return html`<dl class="facts">
    <dt>What may stop working</dt>
    <dd>${impact === '' ? 'Nothing is known of.' : impact}</dd>
    <dt>The way back</dt>
    <dd>${undoWords(undo)}</dd>
  </dl>`;
}

function undoWords(undo: Proposal['undo']): Html {
  switch (undo?.kind) {
    case 'exact':
      return html`Can be undone exactly. ${undo.note}`;
    case 'default':
      return html`Can be undone, not exactly: ${undo.note}
      ${Object.entries(undo.values ?? {}).map(
        ([path, json]) => html` <code>${path}</code> becomes <code>${value(json)}</code>.`,
      )}`;
    case 'none':
      return html`<strong>Cannot be undone.</strong> ${undo.note}`;
    case undefined:
      return html`Not said.`;
  }
}

function stepDiff({ target, kind, before, after }: Step, index: number, total: number): Html {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return html`<div class="diff" role="group" aria-label="Step ${index + 1} of ${total}">
    <div class="diff-head">
      <strong>${total === 1 ? 'One write' : html`Step ${index + 1} of ${total}`}</strong>
      <span class="soft">(${kind.replaceAll('-', ' ')})</span> to <code><bdi>${target}</bdi></code>
    </div>
    <dl>
      ${paths.map(
        (path) =>
          html`<div class="diff-row">
            <dt><small>property</small><code>${path}</code></dt>
            <dd class="was"><small>is now</small>${condition(conditionAt(before, path))}</dd>
            <dd class="becomes"><small>becomes</small>${condition(conditionAt(after, path))}</dd>
          </div>`,
      )}
    </dl>
  </div>`;
}

/** What stands open, where no change is offered. */
function noChange(differences: Proposal['differences']): Html {
  return html`<p>Leakstop offers no change for this drift. What is decided is about what is different:</p>
    ${
      differences.length === 0
        ? html`<p>No property shows it: the story below tells.</p>`
        : html`<div class="diff" role="group" aria-label="What is different">
            <dl>${differences.map(differenceRow)}</dl>
          </div>`
    }`;
}

function differenceRow({ path, actual, desired }: Proposal['differences'][number]): Html {
  return html`<div class="diff-row">
    <dt><small>property</small><code>${path}</code></dt>
    <dd class="was">
      <small>is now</small
      >${actual === undefined ? absent : html`<span class="value">${value(actual)}</span>`}
    </dd>
    <dd><small>should be</small><span class="value">${value(desired)}</span></dd>
  </div>`;
}

const absent = html`<span class="soft">not set</span>`;

function condition(of: Condition | undefined): Html {
  if (of === undefined) {
    return html`<span class="soft">left alone</span>`;
  }
  return 'is' in of ? html`<span class="value">${value(of.is)}</span>` : absent;
}
