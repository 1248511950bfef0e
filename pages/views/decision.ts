import type { GivenDecision, Options } from '../../shared/approval/decision-service.ts';
import type { Verdict } from '../../shared/case/decision.ts';
import { formField } from '../session.ts';
import { faultList, type Filling, reasonField, unfilled, untilField } from './fields.ts';
import { plural, timeTag } from './format.ts';
import { html, type Html, nothing } from './html.ts';
import { capitalised } from '../../shared/words/capital.ts';
import { verdictHints, verdictLabels, verdictWords } from '../../shared/words/verdict.ts';
import { wordFor } from '../../shared/words/known-word.ts';

/** The data with which the forms of one case are drawn. */
export interface DecisionView {
  /** Address to which the forms are sent. */
  readonly path: string;
  readonly token: string;
  readonly options: Options;
  /** True if a change is offered. */
  readonly hasChange: boolean;
  /** True if people are asked whether to take a change back. */
  readonly isUndo: boolean;
  readonly isClosed: boolean;
  readonly now: Date;
  readonly filling: Filling;
}

/** The forms in which a person decides, with the reason for each decision that the person may not make. */
export function decisionForms(view: DecisionView): Html {
  const { filling, isClosed, isUndo } = view;
  const wrong = formOf(filling.typed.verdict);
  const at = (name: string): Filling => (wrong === name ? filling : unfilled);
  return html`<section class="card" aria-labelledby="decide">
    <h2 id="decide">${isClosed ? 'Take the change back' : 'Decide'}</h2>
    ${faultList(filling.faults, (name) => (name === 'verdict' ? `${wrong}-deny` : `${wrong}-${name}`))}
    ${givenList(view)}
    ${
      isClosed
        ? undoForm(view, at('undo'))
        : html`<div class="choices">
            ${isUndo ? undoForm(view, at('undo')) : approveForm(view, at('approve'))}
            ${leaveForm(view, at('leave'))}
          </div>`
    }
  </section>`;
}

/** The form to which a verdict belongs. */
function formOf(verdict: string | undefined): string {
  return verdict === 'approve' || verdict === 'undo' ? verdict : 'leave';
}

/** The decisions that people have made so far. */
function givenList(view: DecisionView): Html {
  const { given } = view.options;
  const quorum = quorumLines(view);
  if (given.length === 0 && quorum.length === 0) {
    return nothing;
  }
  return html`<div class="notice">
    ${quorum.map((line) => html`<p>${line}</p>`)}
    ${
      given.length === 0
        ? nothing
        : html`<ul>
            ${given.map((one) => html`<li>${givenLine(one)}</li>`)}
          </ul>`
    }
  </div>`;
}

/** Decisions on this case that take more than one person. Decisions that take the same number share one line. */
function quorumLines({ options: { needed }, isUndo, isClosed }: DecisionView): readonly string[] {
  const leave = isClosed ? [] : (['deny', 'exempt'] as const);
  const possible: readonly Verdict[] = [isUndo ? 'undo' : 'approve', ...leave];
  const counts = new Set(possible.map((verdict) => needed[verdict] ?? 1).filter((count) => count > 1));
  return [...counts].map((count) => {
    const verdicts = possible.filter((verdict) => needed[verdict] === count);
    return `To ${verdicts.join(' or ')} takes ${plural(count, 'person', 'people')}.`;
  });
}

export function givenLine({ verdict, by, at }: GivenDecision): Html {
  return html`<bdi>${by}</bdi> ${wordFor(verdictWords, verdict)} on ${timeTag(at)}`;
}

function hidden({ token, options }: DecisionView): Html {
  return html`<input type="hidden" name="${formField}" value="${token}" />
    <input type="hidden" name="proposal" value="${options.proposal}" />`;
}

function approveForm(view: DecisionView, filling: Filling): Html {
  const { options, path, hasChange } = view;
  if (!options.allowed.includes('approve')) {
    return html`<div>
      <h3>Approve the change</h3>
      <p class="soft">
        ${reasonOf(options.why.approve, hasChange ? 'You cannot approve it.' : 'There is no change to approve.')}
      </p>
    </div>`;
  }
  return html`<form method="post" action="${path}" aria-labelledby="approve-title">
    <h3 id="approve-title">Approve the change</h3>
    <p class="hint">${verdictHints.approve}</p>
    ${hidden(view)}
    <input type="hidden" name="verdict" value="approve" />
    ${reasonField('approve-reason', filling, false)}
    <button class="main-act">Approve the change</button>
  </form>`;
}

/** The reason why something is not possible, as a sentence. */
function reasonOf(why: string | undefined, otherwise: string): string {
  const text = why ?? otherwise;
  return `${capitalised(text)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

const leaveChoices = ['deny', 'exempt'] as const;

function leaveForm(view: DecisionView, filling: Filling): Html {
  const { options, path, now } = view;
  const isPossible = leaveChoices.some((verdict) => options.allowed.includes(verdict));
  if (!isPossible) {
    return html`<div>
      <h3>Leave it open for a time</h3>
      <p class="soft">${reasonOf(options.why.exempt ?? options.why.deny, 'You cannot leave it open.')}</p>
    </div>`;
  }
  return html`<form method="post" action="${path}" aria-labelledby="leave-title">
    <h3 id="leave-title">Leave it open for a time</h3>
    ${hidden(view)}
    <fieldset>
      <legend class="hidden">How</legend>
      ${leaveChoices.map((verdict) => leaveChoice(options, filling, verdict))}
    </fieldset>
    ${reasonField('leave-reason', filling, true)} ${untilField('leave-until', filling, now)}
    <button>Leave it open</button>
  </form>`;
}

function leaveChoice(options: Options, { typed }: Filling, verdict: Verdict): Html {
  const hint = verdictHints[verdict];
  const isAllowed = options.allowed.includes(verdict);
  const checked = typed.verdict === verdict ? html` checked` : nothing;
  const state = isAllowed ? checked : html` disabled`;
  return html`<div class="pick">
    <input
      type="radio"
      name="verdict"
      id="leave-${verdict}"
      value="${verdict}"
      required
      aria-describedby="leave-${verdict}-hint"
      ${state}
    />
    <label for="leave-${verdict}">${verdictLabels[verdict]}</label>
    <p class="hint" id="leave-${verdict}-hint">${isAllowed ? hint : reasonOf(options.why[verdict], hint)}</p>
  </div>`;
}

function undoForm(view: DecisionView, filling: Filling): Html {
  const { options, path, now } = view;
  if (!options.allowed.includes('undo')) {
    return html`<p class="soft">${reasonOf(options.why.undo, 'You cannot take it back.')}</p>`;
  }
  return html`<form method="post" action="${path}" class="narrow">
    <p>${verdictHints.undo}</p>
    ${hidden(view)}
    <input type="hidden" name="verdict" value="undo" />
    ${reasonField('undo-reason', filling, true)} ${untilField('undo-until', filling, now)}
    <button class="grave">Take the change back</button>
  </form>`;
}
