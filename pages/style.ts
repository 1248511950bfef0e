import { createHash } from 'node:crypto';

/** The one style sheet of the pages: system fonts, light and dark, no script, and nothing from other origins. */
const css = `
:root {
  color-scheme: light dark;
  --page: #f7f6f3; --card: #ffffff; --ink: #1d1f22; --soft: #565c64; --line: #dcd9d2; --field: #8b8f96;
  --link: #0b5394; --strong: #0b5394; --on-strong: #ffffff; --strong-hover: #083e70;
  --danger: #a3231b; --on-danger: #ffffff; --focus: #0b5394;
  --critical: #a3231b; --high: #b4510b; --medium: #7d6408; --low: #4b6073;
  --good: #1c6b3c; --good-wash: #e7f3ea; --warn: #7a4b00; --warn-wash: #fdf1dc; --bad: #a3231b; --bad-wash: #fbe9e7;
  --note-wash: #e9f0f8; --before: #fbe9e7; --after: #e4f2e7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171a; --card: #1d2024; --ink: #e9e7e2; --soft: #a9afb8; --line: #34383e; --field: #7d848d;
    --link: #8ec1f5; --strong: #8ec1f5; --on-strong: #0d1b2a; --strong-hover: #b3d6f9;
    --danger: #f2a19a; --on-danger: #2b0906; --focus: #8ec1f5;
    --critical: #f2978f; --high: #f0ad74; --medium: #dcc46a; --low: #a7bccd;
    --good: #8fd3a6; --good-wash: #1b2f22; --warn: #f1c88a; --warn-wash: #352811; --bad: #f2a19a; --bad-wash: #3a1d1a;
    --note-wash: #1b2939; --before: #3a1f1d; --after: #1b3223;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: break-word;
}
a { color: var(--link); text-underline-offset: .15em; text-decoration-thickness: .07em; }
a:hover { text-decoration-thickness: .14em; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 2px; }
h1, h2, h3 { line-height: 1.2; letter-spacing: -.01em; text-wrap: balance; margin: 0; }
h1 { font-size: 1.75rem; font-weight: 650; }
h2 { font-size: 1.2rem; font-weight: 650; margin-bottom: .75rem; }
h3 { font-size: 1rem; font-weight: 650; margin-bottom: .35rem; }
p { margin: 0 0 .75rem; max-width: 68ch; }
code, .value { font-family: ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, monospace; font-size: .9em; }
.soft { color: var(--soft); }
.small { font-size: .875rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem .75rem; z-index: 1; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.top { background: var(--card); border-bottom: 1px solid var(--line); }
.top-row {
  max-width: 74rem; margin: 0 auto; padding: .65rem 1.25rem;
  display: flex; flex-wrap: wrap; align-items: center; gap: .35rem 1.5rem;
}
.brand { font-weight: 700; font-size: 1.1rem; letter-spacing: -.02em; color: var(--ink); text-decoration: none; display: inline-flex; align-items: center; gap: .5rem; }
.brand svg { width: 1.1rem; height: 1.1rem; }
.brand svg path { fill: var(--strong); }
.nav { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; list-style: none; margin: 0; padding: 0; }
.nav a { color: var(--soft); text-decoration: none; padding: .3rem 0; display: inline-block; border-bottom: 2px solid transparent; }
.nav a:hover { color: var(--ink); }
.nav a[aria-current] { color: var(--ink); border-color: var(--strong); }
.who { margin-left: auto; display: flex; align-items: center; gap: .75rem; color: var(--soft); font-size: .9rem; }
.main { max-width: 74rem; margin: 0 auto; padding: 1.75rem 1.25rem 3rem; }
.foot { max-width: 74rem; margin: 0 auto; padding: 0 1.25rem 2rem; color: var(--soft); font-size: .85rem; }
.head { margin-bottom: 1.5rem; }
.head p { margin: .4rem 0 0; color: var(--soft); }
.head .crumb { font-size: .9rem; margin: 0 0 .4rem; }
.names { margin: 1rem 0 0; }

.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.25rem; margin-bottom: 1.25rem; }
.grid { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
.grid > .card { margin: 0; min-width: 0; }
.grid + .card, .card + .grid, .grid + .grid { margin-top: 1.25rem; }
.tiles { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); margin: 0 0 1.25rem; padding: 0; list-style: none; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.tile a, .tile > div { display: block; padding: .8rem 1rem; color: inherit; text-decoration: none; height: 100%; }
.tile a:hover { background: var(--note-wash); border-radius: 10px; }
.tile b { display: block; font-size: 1.7rem; line-height: 1.2; font-weight: 650; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: .9rem; }

.notice { border-left: 4px solid var(--strong); background: var(--note-wash); padding: .85rem 1.1rem; border-radius: 0 8px 8px 0; margin-bottom: 1.25rem; }
.notice > :last-child { margin-bottom: 0; }
.notice h2 { font-size: 1.05rem; margin-bottom: .3rem; }
.notice.good { border-color: var(--good); background: var(--good-wash); }
.notice.warn { border-color: var(--warn); background: var(--warn-wash); }
.notice.bad { border-color: var(--bad); background: var(--bad-wash); }
.notice ul { margin: .25rem 0 0; padding-left: 1.25rem; }

.mark { display: inline-flex; align-items: center; gap: .4rem; white-space: nowrap; font-weight: 550; }
.mark::before { content: ""; width: .65rem; height: .65rem; border-radius: 2px; background: currentColor; }
.critical { color: var(--critical); } .high { color: var(--high); } .medium { color: var(--medium); } .low { color: var(--low); }
.ok { color: var(--good); } .off { color: var(--bad); } .wary { color: var(--warn); }
.state { display: inline-block; border: 1px solid var(--line); border-radius: 99px; padding: .05rem .6rem; font-size: .85rem; white-space: nowrap; }
.state.ask { border-color: var(--strong); color: var(--link); }
.marks { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin: .6rem 0 0; }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
caption { text-align: left; color: var(--soft); font-size: .9rem; padding-bottom: .5rem; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: .85rem; }
th, td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th.number, td.number { padding-left: .75rem; padding-right: 0; }
tbody th { color: var(--ink); font-size: .95rem; font-weight: 500; }
th.number + th:not(.number), td.number + td:not(.number) { padding-left: 1.75rem; }
tr:last-child > * { border-bottom: 0; }
td .under, th .under { display: block; color: var(--soft); font-size: .85rem; font-weight: 400; }

.facts { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .45rem 1.25rem; margin: 0; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }

.diff { border: 1px solid var(--line); border-radius: 8px; overflow: hidden; margin: 0 0 1rem; }
.diff-head { padding: .6rem .9rem; border-bottom: 1px solid var(--line); font-size: .9rem; overflow-wrap: anywhere; }
.diff dl { margin: 0; }
.diff-row { display: grid; grid-template-columns: minmax(0, 1.2fr) minmax(0, 1fr) minmax(0, 1fr); border-bottom: 1px solid var(--line); }
.diff-row:last-child { border-bottom: 0; }
.diff-row > * { margin: 0; padding: .6rem .9rem; overflow-wrap: anywhere; }
.diff-row .was { background: var(--before); } .diff-row .becomes { background: var(--after); }
.diff-row .value { white-space: pre-wrap; }
.diff-row small { display: block; color: var(--soft); font: .78rem/1.4 system-ui, sans-serif; }

.story { list-style: none; margin: 0; padding: 0 0 0 1.1rem; border-left: 2px solid var(--line); }
.story li { position: relative; padding: 0 0 1.1rem .35rem; }
.story li:last-child { padding-bottom: 0; }
.story li::before { content: ""; position: absolute; left: -1.5rem; top: .45rem; width: .7rem; height: .7rem; border-radius: 50%; background: var(--card); border: 2px solid var(--field); }
.story li.people::before { background: var(--strong); border-color: var(--strong); }
.story li.done::before { background: var(--good); border-color: var(--good); }
.story li.trouble::before { background: var(--bad); border-color: var(--bad); }
.story .when { display: block; color: var(--soft); font-size: .85rem; }
.story .more { color: var(--soft); font-size: .92rem; overflow-wrap: anywhere; white-space: pre-line; }

form { margin: 0; }
.choices { display: grid; gap: 1.5rem 3rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); align-items: start; }
fieldset { border: 0; margin: 0 0 1rem; padding: 0; min-width: 0; }
legend { padding: 0; font-weight: 600; margin-bottom: .35rem; }
label { display: block; font-weight: 600; margin-bottom: .25rem; }
.hint { color: var(--soft); font-size: .9rem; margin: 0 0 .35rem; font-weight: 400; }
.pick { display: grid; grid-template-columns: 1.4rem 1fr; gap: .1rem .55rem; align-items: start; margin-bottom: .6rem; }
.pick input { width: 1.2rem; height: 1.2rem; margin: .2rem 0 0; accent-color: var(--strong); }
.pick label { margin: 0; font-weight: 500; }
.pick .hint { grid-column: 2; margin: 0; }
input[type=text], input[type=date], textarea, select {
  font: inherit; color: inherit; background: var(--card); border: 1px solid var(--field); border-radius: 6px; padding: .5rem .65rem; width: 100%; min-height: 2.75rem;
}
input[type=date] { max-width: 13rem; }
textarea { min-height: 5rem; resize: vertical; display: block; }
.field { margin-bottom: 1rem; }
.field.wrong input, .field.wrong textarea, .field.wrong select { border: 2px solid var(--bad); }
.fault { color: var(--bad); font-weight: 600; margin: 0 0 .35rem; }
button, .button {
  font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1.15rem; border-radius: 6px; cursor: pointer;
  border: 1px solid var(--strong); background: transparent; color: var(--link); display: inline-block; text-decoration: none;
}
button:hover, .button:hover { background: var(--note-wash); }
button.main-act, .button.main-act { background: var(--strong); color: var(--on-strong); }
button.main-act:hover, .button.main-act:hover { background: var(--strong-hover); }
button.grave { background: var(--danger); border-color: var(--danger); color: var(--on-danger); }
button.quiet { min-height: 2rem; padding: .15rem .6rem; font-weight: 500; font-size: .9rem; border-color: var(--line); color: var(--soft); }
.filters { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 11rem), 1fr)); align-items: end; }
.filters label { font-size: .85rem; color: var(--soft); }
.pages { display: flex; gap: 1rem; align-items: center; flex-wrap: wrap; margin: 1rem 0 0; }
.row { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; }
.bars { width: 100%; max-width: 36rem; height: auto; display: block; margin-bottom: .75rem; }
.bars .critical { fill: var(--critical); } .bars .high { fill: var(--high); } .bars .medium { fill: var(--medium); } .bars .low { fill: var(--low); }
.bars .day { fill: var(--strong); } .bars .base { stroke: var(--line); } .bars text { fill: var(--soft); font: 13px system-ui, sans-serif; }
.bars .total { fill: var(--ink); font-weight: 600; }
details summary { cursor: pointer; color: var(--link); padding: .35rem 0; font-size: .92rem; }
.batch { border-top: 1px solid var(--line); padding: 1.25rem 0; }
.batch .pick label { font-weight: 650; }
.batch:first-of-type { border-top: 0; padding-top: 0; }
.narrow { max-width: 44rem; }
.whole { white-space: nowrap; }

@media (max-width: 40rem) {
  h1 { font-size: 1.4rem; }
  .main { padding: 1.1rem 1rem 2rem; } .top-row { padding: .6rem 1rem; }
  .who { margin-left: 0; width: 100%; justify-content: space-between; }
  .card { padding: 1rem; }
  .facts { grid-template-columns: 1fr; gap: .1rem; } .facts dd { margin-bottom: .6rem; }
  .diff-row { grid-template-columns: 1fr; }
  .tiles { grid-template-columns: 1fr 1fr; }
  table.stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table.stack, table.stack tbody, table.stack tr, table.stack td, table.stack th { display: block; width: 100%; }
  table.stack tr { border-bottom: 1px solid var(--line); padding: .6rem 0; }
  table.stack tr:last-child { border: 0; }
  table.stack tbody td, table.stack tbody th { border: 0; padding: .1rem 0; text-align: left; white-space: normal; }
  table.stack td[data-name]::before { content: attr(data-name) ": "; color: var(--soft); font-size: .85rem; }
  button, .button { width: 100%; text-align: center; } .who button, .top button { width: auto; }
}
@media print { .top nav, .who, form { display: none; } body { background: #fff; } }
`;

const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#0b5394" d="M8 .6c2.5 3.4 5 6.100 5 9.200a5 5 0 0 1-10 0C3 6.700 5.500 4 8 .6Z"/><path fill="#fff" d="M4.900 9h6.200v1.700H4.900z"/></svg>';

/** A file that never changes under its name: the name holds its hash. */
export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly content: string;
}

function asset(name: string, extension: string, type: string, content: string): Asset {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
  return { path: `/assets/${name}-${hash}.${extension}`, type, content };
}

export const styleSheet = asset('leakstop', 'css', 'text/css; charset=utf-8', css);
export const iconFile = asset('icon', 'svg', 'image/svg+xml', icon);
export const assets: readonly Asset[] = [styleSheet, iconFile];
