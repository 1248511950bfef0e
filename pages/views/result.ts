import type { DecisionResult } from '../../shared/approval/decision-service.ts';
import type { Verdict } from '../../shared/case/decision.ts';
import { verdictEffects } from '../../shared/words/verdict.ts';
import { givenLine } from './decision.ts';
import { count } from './format.ts';
import { html, type Html, nothing } from './html.ts';
import { notice } from './layout.ts';

/** The outcome of one decision, at the top of the page that follows it. */
export function resultNotice(result: DecisionResult, verdict: Verdict): Html {
  if (result.kind === 'recorded') {
    const { given, needed } = result;
    return notice({
      tone: 'good',
      title: needed > 1 ? `Recorded: ${count(given)} of ${count(needed)}` : 'Recorded',
      body:
        given < needed
          ? html`<p>
              Your decision is in the ledger. ${count(needed - given)} more must say the same before anything
              happens.
            </p>`
          : html`<p>Your decision is in the ledger. ${verdictEffects[verdict]}</p>`,
    });
  }
  const { code, message, decided } = result;
  const by = decided === undefined ? nothing : html`<p>${givenLine(decided)}.</p>`;
  if (code === 'changed') {
    return notice({
      tone: 'warn',
      title: 'Nothing was recorded: the change is another one now',
      body: html`<p>
        What you decided about no longer stands. This is what stands now; decide again if it is what you want.
      </p>`,
    });
  }
  return notice({
    tone: code === 'decided' ? 'warn' : 'bad',
    title: code === 'decided' ? 'Nothing was recorded: it was decided already' : 'Nothing was recorded',
    body: html`<p>${message}</p>
      ${by}`,
  });
}

/** The outcome of one decision in one line, for lists. */
export function resultLine(result: DecisionResult): Html {
  if (result.kind === 'recorded') {
    const { given, needed } = result;
    return html`<span class="mark ok">recorded</span>
      ${needed > 1 ? html`<span class="under">${count(given)} of ${count(needed)}</span>` : nothing}`;
  }
  return html`<span class="mark off">not recorded</span>
    <span class="under"
      >${result.message} ${result.decided === undefined ? nothing : givenLine(result.decided)}</span
    >`;
}
