import type { Caller } from '../../shared/entra/caller.ts';
import { iconFile, styleSheet } from '../style.ts';
import { html, type Html, nothing, type Part } from './html.ts';

/** The parts that all pages share, beside their own content. */
export interface Frame {
  readonly title: string;
  /** Undefined for pages that anybody may see. */
  readonly caller?: Caller | undefined;
  /** Anti-forgery token of the form that signs out. */
  readonly signOutToken?: string | undefined;
  /** Path of the navigation's entry to which the page belongs. */
  readonly current?: '/' | '/cases' | '/decide-many' | '/kill-switch' | undefined;
  readonly body: Part;
}

const places = [
  ['/', 'Overview'],
  ['/cases', 'Cases'],
  ['/decide-many', 'Decide many'],
  ['/kill-switch', 'Kill switch'],
] as const;

/** The whole document. */
export function layout({ title, caller, signOutToken, current, body }: Frame): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title} · Leakstop</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <link rel="icon" href="${iconFile.path}" type="image/svg+xml" />
        <link rel="stylesheet" href="${styleSheet.path}" />
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <div class="top-row">
            <a class="brand" href="/">
              <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
                <path
                  fill-rule="evenodd"
                  d="M8 .6c2.5 3.4 5 6.1 5 9.2a5 5 0 0 1-10 0C3 6.700 5.500 4 8 .6ZM4.900 9v1.700h6.200V9Z"
                />
              </svg>
              Leakstop
            </a>
            ${caller === undefined ? nothing : navigation(current)}
            ${caller === undefined ? nothing : who(caller, signOutToken ?? '')}
          </div>
        </header>
        <main class="main" id="main" tabindex="-1">${body}</main>
        <footer class="foot">Times are UTC. Everything shown here is read from the ledger.</footer>
      </body>
    </html>`;
}

function navigation(current: Frame['current']): Html {
  return html`<nav aria-label="Pages">
    <ul class="nav">
      ${places.map(
        ([path, name]) =>
          html`<li>
            <a href="${path}" ${path === current ? html` aria-current="page"` : nothing}>${name}</a>
          </li>`,
      )}
    </ul>
  </nav>`;
}

function who({ name, roles }: Caller, token: string): Html {
  return html`<div class="who">
    <span><bdi>${name}</bdi> <span class="small">(${roles.map(roleWord).join(', ')})</span></span>
    <form method="post" action="/sign-out">
      <input type="hidden" name="form" value="${token}" />
      <button class="quiet">Sign out</button>
    </form>
  </div>`;
}

const roleWords: Readonly<Record<string, string>> = {
  'Leakstop.Approver': 'approver',
  'Leakstop.RiskOwner': 'risk owner',
  'Leakstop.Auditor': 'auditor',
  'Leakstop.Operator': 'operator',
};

function roleWord(role: string): string {
  return roleWords[role] ?? role;
}

export interface Message {
  readonly tone?: 'good' | 'warn' | 'bad';
  readonly title: string;
  readonly body: Part;
}

/** A box with one message. */
export function notice({ tone, title, body }: Message): Html {
  return html`<div class="notice ${tone ?? ''}" role="${tone === 'bad' ? 'alert' : 'status'}">
    <h2>${title}</h2>
    ${body}
  </div>`;
}
