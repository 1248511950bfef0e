import type { Proposal } from '../../shared/case/proposal.ts';
import type { Verdict } from '../../shared/case/decision.ts';
import type { DecisionResult } from '../../shared/approval/decision-service.ts';
import type { Group } from '../../shared/case-index/figures.ts';
import { formField } from '../session.ts';
import { proposedChange } from './change.ts';
import { faultList, type Filling, reasonField, untilField } from './fields.ts';
import type { IndexedCase } from '../../shared/case-index/indexed-case.ts';
import type { SubscriptionNames } from '../../shared/subscription-names.ts';
import { controlTitle, type ControlWords } from '../../shared/words/control.ts';
import { placeOf, subscriptionText } from '../../shared/words/place.ts';
import { verdictHints, verdictLabels } from '../../shared/words/verdict.ts';
import { casePath, count, plural, timeTag, withQuery } from './format.ts';
import { html, type Html, nothing } from './html.ts';
import { notice } from './layout.ts';
import { headingOf } from './heading.ts';
import { severityMark } from './marks.ts';
import { resultLine } from './result.ts';

/** One of several cases, with exactly the proposal that is decided about it. */
export interface Candidate {
  readonly indexed: IndexedCase;
  readonly proposal: Proposal;
  readonly hash: string;
}

export interface DecideMany {
  readonly control: string;
  readonly subscription: string | undefined;
  readonly candidates: readonly Candidate[];
  /** The number of candidates left for another time. */
  readonly rest: number;
  readonly controls: readonly ControlWords[];
  readonly names: SubscriptionNames;
  readonly token: string;
  /** Verdicts that the caller's roles allow. */
  readonly offered: readonly Verdict[];
  readonly now: Date;
  readonly filling: Filling;
  /** Names of the ticked cases; all cases are ticked if undefined. */
  readonly ticked: ReadonlySet<string> | undefined;
}

/** Address to which several decisions are sent. */
export const manyPath = '/decide-many';

/** The name of a tick box: the case, and the proposal that was shown. */
export function pickName({ indexed, hash }: Candidate): string {
  return `${indexed.chain}/${indexed.caseId}/${hash}`;
}

export function chooseControl(groups: readonly Group[], controls: readonly ControlWords[]): Html {
  const waiting = groups.filter((group) => group.waiting > 0);
  return html`<div class="head">
      <h1>Decide many</h1>
      <p>Cases of one control that wait for a decision, each with its exact change.</p>
    </div>
    <section class="card narrow" aria-label="Controls">
      ${
        waiting.length === 0
          ? html`<p>No case waits for a decision.</p>`
          : html`<ul>
              ${waiting.map(
                ({ name, waiting: asked }) =>
                  html`<li>
                    <a href="${withQuery(manyPath, { control: name })}">${controlTitle(controls, name)}</a>:
                    ${plural(asked, 'case')}
                  </li>`,
              )}
            </ul>`
      }
    </section>`;
}

export function decideMany(page: DecideMany): Html {
  const { control, candidates, rest, names, controls, subscription, filling, token } = page;
  const head = html`<div class="head">
    <p class="crumb"><a href="${manyPath}">Decide many</a></p>
    <h1>${controlTitle(controls, control)}</h1>
    <p>
      ${plural(candidates.length, 'case')} that you may
      decide${subscription === undefined ? nothing : html` in ${subscriptionText(subscription, names.nameOf)}`}.
      ${rest === 0 ? nothing : html`At least ${count(rest)} more come after these.`}
    </p>
  </div>`;
  if (candidates.length === 0) {
    return html`${head}
    ${notice({ title: 'Nothing to decide', body: html`<p>No case of this control waits for a decision that you may take. <a href="${withQuery('/cases', { control })}">Its open cases</a></p>` })}`;
  }
  return html`${head} ${faultList(filling.faults, (name) => `many-${name}`)}
    <form method="post" action="${manyPath}">
      <input type="hidden" name="${formField}" value="${token}" />
      <input type="hidden" name="control" value="${control}" />
      <input type="hidden" name="subscription" value="${subscription ?? ''}" />
      <fieldset class="card" id="many-pick">
        <legend class="hidden">Cases to decide</legend>
        <h2>The cases, and exactly what would be changed</h2>
        ${candidates.map((candidate, index) => candidateView(candidate, index, page))}
      </fieldset>
      ${verdictView(page)}
    </form>`;
}

function candidateView(candidate: Candidate, index: number, { ticked, controls }: DecideMany): Html {
  const { indexed, proposal } = candidate;
  const name = pickName(candidate);
  const isTicked = ticked === undefined || ticked.has(`${indexed.chain}/${indexed.caseId}`);
  return html`<div class="batch">
    <div class="pick">
      <input
        type="checkbox"
        id="pick-${index}"
        name="pick"
        value="${name}"
        ${isTicked ? html` checked` : nothing}
      />
      <label for="pick-${index}">${headingOf(indexed, controls)}</label>
      <p class="hint">
        ${severityMark(indexed.severity)} · open since ${timeTag(indexed.openedAt)} ·
        <a href="${casePath(indexed.chain, indexed.caseId)}"
          >The whole story<span class="hidden"> of ${placeOf(indexed.resource).name}</span></a
        >
      </p>
    </div>
    ${proposedChange(proposal)}
  </div>`;
}

const verdicts = ['approve', 'deny', 'exempt'] as const;

function verdictView({ filling, now, offered }: DecideMany): Html {
  const { typed } = filling;
  return html`<section class="card narrow" aria-labelledby="verdict">
    <h2 id="verdict">Your decision on each of those that are ticked</h2>
    <fieldset>
      <legend class="hidden">Decision</legend>
      ${verdicts
        .filter((verdict) => offered.includes(verdict))
        .map(
          (verdict) =>
            html`<div class="pick">
              <input
                type="radio"
                name="verdict"
                id="many-${verdict === 'approve' ? 'verdict' : verdict}"
                value="${verdict}"
                required
                aria-describedby="many-${verdict}-hint"
                ${typed.verdict === verdict ? html` checked` : nothing}
              />
              <label for="many-${verdict === 'approve' ? 'verdict' : verdict}"
                >${verdictLabels[verdict]}</label
              >
              <p class="hint" id="many-${verdict}-hint">
                ${verdictHints[verdict]}${verdict === 'approve' ? nothing : ' Needs a reason and an end.'}
              </p>
            </div>`,
        )}
    </fieldset>
    ${reasonField('many-reason', filling, false)}
    ${offered.includes('deny') ? untilField('many-until', filling, now, false) : nothing}
    <button class="main-act">Decide each of them</button>
  </section>`;
}

export interface ManyResult {
  readonly subscription: string;
  readonly caseId: string;
  readonly resource: string | undefined;
  readonly result: DecisionResult | { readonly kind: 'failed'; readonly message: string };
}

export function manyResults(
  results: readonly ManyResult[],
  control: string,
  controls: readonly ControlWords[],
): Html {
  const recorded = results.filter(({ result }) => result.kind === 'recorded').length;
  return html`<div class="head">
      <p class="crumb"><a href="${withQuery(manyPath, { control })}">Decide more of these</a></p>
      <h1>${count(recorded)} of ${plural(results.length, 'decision')} recorded</h1>
      <p>${controlTitle(controls, control)}</p>
    </div>
    <section class="card" aria-label="Results">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Case</th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          ${results.map(
            ({ subscription, caseId, resource, result }) =>
              html`<tr>
                <th scope="row">
                  <a href="${casePath(subscription, caseId)}"
                    ><bdi>${resource === undefined ? caseId : placeOf(resource).name}</bdi></a
                  >
                </th>
                <td>
                  ${result.kind === 'failed' ? html`<span class="mark off">not recorded</span> <span class="under">${result.message}</span>` : resultLine(result)}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    </section>`;
}
