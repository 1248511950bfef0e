import { formField } from '../session.ts';
import { faultList, type Filling } from './fields.ts';
import { html, type Html, nothing } from './html.ts';

export const lookPath = '/look';

/** The form that asks for a look at the resource of a case. */
export function lookForm({ path, token, hint }: { path: string; token: string; hint: string }): Html {
  return html`<form method="post" action="${path}">
    <p class="hint">${hint}</p>
    <input type="hidden" name="${formField}" value="${token}" />
    <button>Look now</button>
  </form>`;
}

export interface LookPage {
  readonly isAllowed: boolean;
  readonly token: string;
  readonly filling: Filling;
  readonly above: Html;
}

/** The page on which a person asks for a look at any guarded resource. */
export function lookPage({ isAllowed, token, filling, above }: LookPage): Html {
  return html`<div class="head">
      <h1>Look at a resource now</h1>
      <p>
        Leakstop reads the resource at once, and tries again what was refused or is held there. Nothing is
        decided by it.
      </p>
    </div>
    ${above}
    <section class="card narrow" aria-label="Ask for a look">
      ${isAllowed ? resourceForm(token, filling) : html`<p>Only an approver, a risk owner or an operator can ask for a look.</p>`}
    </section>`;
}

function resourceForm(token: string, { typed, faults }: Filling): Html {
  const isFaulty = faults.some(({ field }) => field === 'resource');
  return html`${faultList(faults, (name) => `look-${name}`)}
    <form method="post" action="${lookPath}">
      <input type="hidden" name="${formField}" value="${token}" />
      <div class="field${isFaulty ? ' wrong' : ''}">
        <label for="look-resource">Id of the resource</label>
        <p class="hint" id="look-resource-hint">
          Such as /subscriptions/…/resourceGroups/…/providers/Microsoft.Storage/storageAccounts/…
        </p>
        <input
          type="text"
          id="look-resource"
          name="resource"
          required
          maxlength="2048"
          autocomplete="off"
          spellcheck="false"
          aria-describedby="look-resource-hint"
          ${isFaulty ? html` aria-invalid="true"` : nothing}
          value="${typed.resource ?? ''}"
        />
      </div>
      <button class="main-act">Look now</button>
    </form>`;
}
