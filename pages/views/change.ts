import type { Proposal } from '../../shared/case/proposal.ts';
import type { Step } from '../../shared/contract/step.ts';
import {
  type ChangeLine,
  differenceLines,
  type Shown,
  shownText,
  stepLines,
  stepText,
} from '../../shared/words/step.ts';
import { undoWords } from '../../shared/words/undo.ts';
import { value } from './format.ts';
import { html, type Html, nothing } from './html.ts';

/**
 * The complete subject of a decision: the view is made of the {@link Proposal} whose hash the form carries, and of
 * nothing else.
 */
export function proposedChange(proposal: Proposal): Html {
  const { steps, differences } = proposal;
  return html`${steps.length === 0 ? noChange(differences) : steps.map((step, index) => stepDiff(step, index, steps.length))}
  ${consequences(proposal)}`;
}

/** The possible damage of a change, and the way back. */
function consequences({ steps, impact, undo }: Proposal): Html {
  if (steps.length === 0) {
    // A change that cannot be taken back has nothing to write: the note gives the reason.
    return undo === undefined
      ? nothing
      : html`<dl class="facts">
          <dt>Can be undone</dt>
          <dd>${undoView(undo)}</dd>
        </dl>`;
  }
  return html`<dl class="facts">
    <dt>What may stop working</dt>
    <dd>${impact === '' ? 'Nothing is known of.' : impact}</dd>
    <dt>Can be undone</dt>
    <dd>${undoView(undo)}</dd>
  </dl>`;
}

function undoView(undo: Proposal['undo']): Html {
  const { answer, note, writes } = undoWords(undo);
  return html`<strong>${answer}.</strong> ${note}${writes.map(
      ({ what, to }) => html` <code>${what}</code> becomes <code>${shownText(to)}</code>.`,
    )}`;
}

function stepDiff(step: Step, index: number, total: number): Html {
  return html`<div class="diff" role="group" aria-label="Step ${index + 1} of ${total}">
    <div class="diff-head">
      <strong>${total === 1 ? 'One write' : html`Step ${index + 1} of ${total}`}</strong>
      <span class="soft">(${stepText(step)})</span> to <code><bdi>${step.target}</bdi></code>
    </div>
    <dl>${stepLines(step).map((line) => lineView(line, 'becomes'))}</dl>
  </div>`;
}

function lineView({ what, from, to }: ChangeLine, becomes: 'becomes' | 'should be'): Html {
  return html`<div class="diff-row">
    <dt><small>property</small><code>${what}</code></dt>
    <dd class="was"><small>is now</small>${shown(from)}</dd>
    <dd class="${becomes === 'becomes' ? 'becomes' : ''}"><small>${becomes}</small>${shown(to)}</dd>
  </div>`;
}

function shown(side: Shown): Html {
  return side.kind === 'words'
    ? html`<span class="soft">${side.words}</span>`
    : html`<span class="value">${value(side.value)}</span>`;
}

/** The open differences of a drift for which no change is offered. */
function noChange(differences: Proposal['differences']): Html {
  return html`<p>Leakstop offers no change for this drift. What is decided is about what is different:</p>
    ${
      differences.length === 0
        ? html`<p>No property shows it: the story below tells.</p>`
        : html`<div class="diff" role="group" aria-label="What is different">
            <dl>${differenceLines(differences).map((line) => lineView(line, 'should be'))}</dl>
          </div>`
    }`;
}
