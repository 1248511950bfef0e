import { longestLeaveDays } from '../../shared/approval/rules.ts';
import type { Fault, Typed } from '../forms.ts';
import { firstDay, lastDay } from '../forms.ts';
import { html, type Html, nothing, type Part } from './html.ts';

/** The values that were typed into a form, and their faults. */
export interface Filling {
  readonly typed: Typed;
  readonly faults: readonly Fault[];
}

export const unfilled: Filling = { typed: {}, faults: [] };

/** The parts with which a field is labelled, described and found again. */
interface Field {
  /** Unique on the page. */
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly hint: Part;
  readonly filling: Filling;
}

function field({ id, name, label, hint, filling }: Field, control: (described: Html) => Html): Html {
  const fault = filling.faults.find((each) => each.field === name);
  const described =
    fault === undefined
      ? html` aria-describedby="${id}-hint"`
      : html` aria-invalid="true" aria-describedby="${id}-fault ${id}-hint"`;
  return html`<div class="field${fault === undefined ? '' : ' wrong'}">
    <label for="${id}">${label}</label>
    <p class="hint" id="${id}-hint">${hint}</p>
    ${fault === undefined ? nothing : html`<p class="fault" id="${id}-fault">${fault.message}</p>`}
    ${control(described)}
  </div>`;
}

export function reasonField(id: string, filling: Filling, isRequired: boolean): Html {
  const label = isRequired ? 'Reason' : 'Reason (optional)';
  const hint = 'It goes into the ledger, under your name. At most 1,000 characters; never a secret.';
  const required = isRequired ? html` required` : nothing;
  return field(
    { id, name: 'reason', label, hint, filling },
    (described) =>
      html`<textarea id="${id}" name="reason" maxlength="1000" rows="3" ${required}${described}>
${filling.typed.reason ?? ''}</textarea>`,
  );
}

export function untilField(id: string, filling: Filling, now: Date, isRequired = true): Html {
  const label = isRequired ? 'Until' : 'Until (to deny or exempt)';
  const required = isRequired ? html` required` : nothing;
  const hint = html`The last day on which the drift may stay open, at most ${longestLeaveDays} days from now:
    <span class="whole">${lastDay(now)}</span>.`;
  return field(
    { id, name: 'until', label, hint, filling },
    (described) =>
      html`<input
        type="date"
        id="${id}"
        name="until"
        ${required}
        min="${firstDay(now)}"
        max="${lastDay(now)}"
        value="${filling.typed.until ?? ''}"
        ${described}
      />`,
  );
}

/** The faults to mend, with a link to each place. `idOf` gives the id of a field's control. */
export function faultList(faults: readonly Fault[], idOf: (field: string) => string): Html {
  return faults.length === 0
    ? nothing
    : html`<div class="notice bad" role="alert">
        <h2>Nothing was recorded yet</h2>
        <ul>
          ${faults.map(({ field: name, message }) => html`<li><a href="#${idOf(name)}">${message}</a></li>`)}
        </ul>
      </div>`;
}
