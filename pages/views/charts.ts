import type { AgeRow, Closing } from '../../shared/case-index/figures.ts';
import { severities } from '../../shared/case-index/figures.ts';
import { count } from './format.ts';
import { html, type Html, nothing } from './html.ts';
import { severityWords } from '../../shared/words/severity.ts';

const width = 420;
const rowHeight = 30;
const labelWidth = 100;
const totalWidth = 50;

/** Stacked bars: open cases by age and severity. The numbers stand in a table beside the chart. */
export function ageChart(rows: readonly AgeRow[]): Html {
  const most = Math.max(1, ...rows.map(({ total }) => total));
  const scale = (width - labelWidth - totalWidth) / most;
  const height = rows.length * rowHeight;
  return html`<svg
    class="bars"
    viewBox="0 0 ${width} ${height}"
    role="img"
    aria-labelledby="age-title age-text"
  >
    <title id="age-title">Open cases by age and severity</title>
    <desc id="age-text">${rows.map(({ name, total }) => `${name}: ${total}. `)}</desc>
    ${rows.map((row, index) => ageBar(row, index * rowHeight, scale))}
  </svg>`;
}

function ageBar({ name, counts, total }: AgeRow, y: number, scale: number): Html {
  let x = labelWidth;
  const parts = severities.map((severity) => {
    const length = counts[severity] * scale;
    const part =
      length === 0
        ? nothing
        : html`<rect
            class="${severity}"
            x="${x.toFixed(1)}"
            y="${y + 5}"
            width="${Math.max(2, length - 1).toFixed(1)}"
            height="${rowHeight - 10}"
            rx="2"
          ></rect>`;
    x += length;
    return part;
  });
  return html`<text x="0" y="${y + 20}">${name}</text>${parts}<text
      class="total"
      x="${(x + 8).toFixed(1)}"
      y="${y + 20}"
      >${count(total)}</text
    >`;
}

/** The numbers of the chart as a table. */
export function ageTable(rows: readonly AgeRow[]): Html {
  return html`<details>
    <summary>The numbers</summary>
    <div class="scroll" role="region" aria-label="Open cases by age and severity, in numbers" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Age</th>
            ${severities.map((severity) => html`<th scope="col" class="number">${severityWords[severity]}</th>`)}
            <th scope="col" class="number">All</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ name, counts, total }) =>
              html`<tr>
                <th scope="row">${name}</th>
                ${severities.map((severity) => html`<td class="number">${count(counts[severity])}</td>`)}
                <td class="number">${count(total)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}

const dayHeight = 90;

/** Closed cases on each of the last thirty days. */
export function closedChart({ perDay, count: all }: Closing): Html {
  const most = Math.max(1, ...perDay.map(({ count: closed }) => closed));
  const step = width / perDay.length;
  const best = perDay.reduce((one, other) => (other.count > one.count ? other : one), { day: '', count: 0 });
  return html`<svg
    class="bars"
    viewBox="0 0 ${width} ${dayHeight + 20}"
    role="img"
    aria-labelledby="closed-title closed-text"
  >
    <title id="closed-title">Cases closed on each of the last 30 days</title>
    <desc id="closed-text">${count(all)} in all; the most on ${best.day}: ${best.count}.</desc>
    <line class="base" x1="0" x2="${width}" y1="${dayHeight + 0.5}" y2="${dayHeight + 0.5}"></line>
    ${perDay.map(({ count: closed }, index) =>
      closed === 0
        ? nothing
        : html`<rect
            class="day"
            x="${(index * step + 1).toFixed(1)}"
            y="${(dayHeight - (closed / most) * (dayHeight - 6)).toFixed(1)}"
            width="${(step - 3).toFixed(1)}"
            height="${((closed / most) * (dayHeight - 6)).toFixed(1)}"
            rx="1.5"
          ></rect>`,
    )}
    <text x="0" y="${dayHeight + 16}">${perDay[0]?.day}</text>
    <text x="${width}" y="${dayHeight + 16}" text-anchor="end">${perDay.at(-1)?.day}</text>
  </svg>`;
}
