import type { Context, MiddlewareHandler } from 'hono';
import { answer } from './answer.ts';
import type { Env } from './env.ts';
import type { PageParts } from './page-parts.ts';
import type { Typed } from './forms.ts';
import { formField, isFormToken, isFromOurPages, keepAttempt, readSession } from './session.ts';
import { html } from './views/html.ts';
import { withQuery } from './views/format.ts';

const tooLarge = 256 * 1024;

/** Admits signed-in people with one of the roles. Others are sent to sign in, and then back to this page. */
export function signedIn(parts: PageParts): MiddlewareHandler<Env> {
  return async (context, next) => {
    const session = readSession(context);
    const check =
      session === undefined
        ? ({ kind: 'refused', reason: 'missing' } as const)
        : await parts.verifier.verify(session, 'session');
    if (check.kind === 'unavailable') {
      context.header('retry-after', '10');
      return answer(context, 503, keysUnavailable);
    }
    if (check.kind === 'refused') {
      return check.reason === 'no-role' ? answer(context, 403, noRole) : sendToSignIn(context, parts);
    }
    context.set('caller', check.caller);
    context.set('session', session ?? '');
    return next();
  };
}

function sendToSignIn(context: Context<Env>, parts: PageParts): Promise<Response> | Response {
  if (context.req.method === 'POST') {
    // The browser is not redirected to sign in: the typed text would be lost, and a form may lead nowhere but here.
    return answer(context, 401, signedOut(context.req.path));
  }
  const { pathname, search } = new URL(context.req.url);
  return beginSignIn(context, parts, `${pathname}${search}`);
}

/** Sends the browser to Microsoft Entra. */
export async function beginSignIn(
  context: Context<Env>,
  { signIn }: PageParts,
  to: string,
): Promise<Response> {
  const begun = await signIn.begin(to);
  if (begun.kind === 'unavailable') {
    context.header('retry-after', '10');
    return answer(context, 503, entraUnavailable);
  }
  keepAttempt(context, begun.attempt, begun.memory);
  return context.redirect(begun.location, 302);
}

/**
 * Reads a form that we made for this session; for any other form, returns an answer. `lists` holds fields that occur
 * several times.
 */
export async function readForm(
  context: Context<Env>,
  { webUrl }: PageParts,
): Promise<{ readonly typed: Typed; readonly lists: URLSearchParams } | Response> {
  const type = context.req.header('content-type') ?? '';
  if (!type.toLowerCase().startsWith('application/x-www-form-urlencoded')) {
    return answer(context, 415, notAForm);
  }
  if (!isFromOurPages(context.req.raw.headers, webUrl)) {
    return answer(context, 403, foreignForm);
  }
  const text = await context.req.text();
  const lists = new URLSearchParams(text.length > tooLarge ? '' : text);
  if (!isFormToken(context.get('session'), context.req.path, lists.get(formField) ?? undefined)) {
    return answer(context, 403, foreignForm);
  }
  return { typed: Object.fromEntries(lists), lists };
}

const keysUnavailable = {
  title: 'Not now',
  body: html`<div class="head"><h1>Nobody can be let in now</h1></div>
    <p>
      The keys of Microsoft Entra cannot be reached, so that no sign-in can be checked. Try again in a moment.
    </p>`,
};

const entraUnavailable = {
  title: 'Not now',
  body: html`<div class="head"><h1>Nobody can sign in now</h1></div>
    <p>
      Microsoft Entra cannot be reached. Try again in a moment; if it stays so, tell whoever runs Leakstop:
      the log of the web app says why.
    </p>`,
};

const noRole = {
  title: 'No role',
  body: html`<div class="head"><h1>You are signed in, and have no role here</h1></div>
    <p>
      Ask whoever runs Leakstop to assign you a role of the app Leakstop in Microsoft Entra: approver, risk
      owner, auditor or operator. Then <a href="/sign-in">sign in again</a>.
    </p>`,
};

function signedOut(path: string) {
  return {
    title: 'Signed out',
    body: html`<div class="head"><h1>Your sign-in has run out</h1></div>
      <p>
        Nothing was recorded. Go back to keep what you typed, or
        <a href="${withQuery('/sign-in', { to: path })}">sign in again</a> and decide then.
      </p>`,
  };
}

const notAForm = {
  title: 'Not a form',
  body: html`<div class="head"><h1>That is not a form of these pages</h1></div>
    <p>Nothing was recorded. <a href="/">Go to the overview</a></p>`,
};

const foreignForm = {
  title: 'Refused',
  body: html`<div class="head"><h1>The form cannot be taken</h1></div>
    <p>
      Nothing was recorded. The form was not made by these pages for this sign-in: it comes from elsewhere, or
      from before you signed in again. Open the page anew and decide there.
    </p>
    <p><a href="/">Go to the overview</a></p>`,
};
