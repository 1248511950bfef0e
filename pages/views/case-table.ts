import { dataOf, type IndexedCase } from '../../shared/case-index/indexed-case.ts';
import type { ControlWords } from '../../shared/words/control.ts';
import { shortHeading } from '../../shared/words/heading.ts';
import { ago } from './format.ts';
import { html, type Html } from './html.ts';
import { becauseOf, resourceLink, severityMark, stateMark } from './marks.ts';

/** Cases as a table; on a phone each case is a block. */
export function caseTable(
  cases: readonly IndexedCase[],
  controls: readonly ControlWords[],
  now: Date,
  caption: string,
): Html {
  return html`<table class="stack">
    <caption class="hidden">
      ${caption}
    </caption>
    <thead>
      <tr>
        <th scope="col">Resource</th>
        <th scope="col">What is wrong</th>
        <th scope="col">Severity</th>
        <th scope="col">State</th>
        <th scope="col">Open since</th>
      </tr>
    </thead>
    <tbody>
      ${cases.map((one) => caseRow(one, controls, now))}
    </tbody>
  </table>`;
}

function caseRow(one: IndexedCase, controls: readonly ControlWords[], now: Date): Html {
  return html`<tr>
    <th scope="row">${resourceLink(one)}</th>
    <td>${shortHeading(controls, dataOf(one))}</td>
    <td>${severityMark(one.severity)}</td>
    <td>${stateMark(one)} <span class="under">${becauseOf(one)}</span></td>
    <td>${ago(one.openedAt, now)}</td>
  </tr>`;
}
