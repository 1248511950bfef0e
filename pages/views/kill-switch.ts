import type { Turn } from '../../shared/case-index/service-facts.ts';
import { describeSwitch, type SwitchState } from '../../shared/policy/kill-switch.ts';
import { formField } from '../session.ts';
import { faultList, type Filling, reasonField } from './fields.ts';
import { timeTag } from './format.ts';
import { html, type Html, nothing } from './html.ts';

export interface KillSwitchPage {
  readonly state: SwitchState;
  readonly turns: readonly Turn[];
  readonly isOperator: boolean;
  readonly token: string;
  readonly filling: Filling;
  readonly above: Html;
}

export const killSwitchPath = '/kill-switch';

export function killSwitchPage(page: KillSwitchPage): Html {
  const { state, above } = page;
  const isStopped = state.changes === 'stopped';
  return html`<div class="head">
      <h1>Kill switch</h1>
      <p>
        It stops every change at once, whatever the policy says and whatever was decided. It is read before
        each write.
      </p>
    </div>
    ${above}
    <section class="card narrow" aria-labelledby="now">
      <h2 id="now">
        ${isStopped ? html`<span class="mark off">Changes are stopped</span>` : html`<span class="mark ok">Changes are allowed</span>`}
      </h2>
      ${state.because === 'said' ? nothing : html`<p>${describeSwitch(state)}.</p>`}
      <dl class="facts">
        ${
          state.by === undefined
            ? nothing
            : html`<dt>Turned by</dt>
                <dd><bdi>${state.by}</bdi></dd>`
        }
        ${
          state.reason === undefined
            ? nothing
            : html`<dt>Reason</dt>
                <dd>${state.reason}</dd>`
        }
      </dl>
    </section>
    ${formView(page, isStopped)} ${turnsView(page.turns)}`;
}

function formView({ isOperator, token, filling }: KillSwitchPage, isStopped: boolean): Html {
  if (!isOperator) {
    return html`<section class="card narrow" aria-label="Turn it">
      <p>Only an operator (the role Leakstop.Operator) can turn it.</p>
    </section>`;
  }
  const to = isStopped ? 'allowed' : 'stopped';
  return html`<section class="card narrow" aria-labelledby="turn">
    <h2 id="turn">${isStopped ? 'Allow changes again' : 'Stop all changes'}</h2>
    ${faultList(filling.faults, (name) => `switch-${name}`)}
    <form method="post" action="${killSwitchPath}">
      <input type="hidden" name="${formField}" value="${token}" />
      <input type="hidden" name="to" value="${to}" />
      ${reasonField('switch-reason', filling, true)}
      <div class="pick">
        <input
          type="checkbox"
          id="switch-confirmed"
          name="confirmed"
          value="yes"
          required
          aria-describedby="switch-confirmed-hint"
        />
        <label for="switch-confirmed"
          >${isStopped ? 'Yes, let changes go on everywhere' : 'Yes, stop changes everywhere'}</label
        >
        <p class="hint" id="switch-confirmed-hint">It concerns every subscription that is guarded.</p>
      </div>
      <button class="grave">${isStopped ? 'Allow changes' : 'Stop all changes'}</button>
    </form>
  </section>`;
}

function turnsView(turns: readonly Turn[]): Html {
  return html`<section class="card narrow" aria-labelledby="turns">
    <h2 id="turns">Turns</h2>
    ${
      turns.length === 0
        ? html`<p class="soft">It was not turned lately.</p>`
        : html`<ol class="story">
            ${turns.map(
              ({ at, changes, by, reason }) =>
                html`<li>
                  <span class="when">${timeTag(at)}</span>
                  <strong>Changes ${changes}</strong
                  >${by === undefined ? nothing : html` by <bdi>${by}</bdi>`}
                  ${reason === undefined ? nothing : html`<div class="more">${reason}</div>`}
                </li>`,
            )}
          </ol>`
    }
  </section>`;
}
