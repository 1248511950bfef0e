import type { IndexedCase } from '../../shared/case-index/indexed-case.ts';
import { ago } from './format.ts';
import { html, type Html } from './html.ts';
import { becauseOf, resourceLink, severityMark, stateMark, type Titles } from './marks.ts';

/** Cases as a table; on a phone each one is a block. */
export function caseTable(cases: readonly IndexedCase[], titles: Titles, now: Date, caption: string): Html {
  return html`<table class="stack">
    <caption class="hidden">
      ${caption}
    </caption>
    <thead>
      <tr>
        <th scope="col">Resource</th>
        <th scope="col">Control</th>
        <th scope="col">Severity</th>
        <th scope="col">State</th>
        <th scope="col">Open since</th>
      </tr>
    </thead>
    <tbody>
      ${cases.map((one) => caseRow(one, titles, now))}
    </tbody>
  </table>`;
}

function caseRow(one: IndexedCase, titles: Titles, now: Date): Html {
  return html`<tr>
    <th scope="row">${resourceLink(one)}</th>
    <td>${titles(one.control)}</td>
    <td>${severityMark(one.severity)}</td>
    <td>${stateMark(one)} <span class="under">${becauseOf(one)}</span></td>
    <td>${ago(one.openedAt, now)}</td>
  </tr>`;
}
