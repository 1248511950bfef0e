import type { Hono } from 'hono';
import { answer } from '../answer.ts';
import { beginSignIn, readForm, signedIn } from '../gate.ts';
import { attemptOf, ownPath, returnPath } from '../../shared/entra/sign-in.ts';
import type { SignedIn } from '../../shared/entra/sign-in.ts';
import type { Env } from '../env.ts';
import type { PageParts } from '../page-parts.ts';
import { endSession, keepSession, takeAttempt } from '../session.ts';
import { html } from '../views/html.ts';

export function signInRoutes(app: Hono<Env>, parts: PageParts): void {
  app.get('/sign-in', (context) => beginSignIn(context, parts, ownPath(context.req.query('to'))));

  app.get(returnPath, async (context) => {
    const query = new URL(context.req.url).searchParams;
    const result = await parts.signIn.complete(query, takeAttempt(context, attemptOf(query)));
    if (result.kind !== 'signed-in') {
      return answer(context, result.kind === 'unavailable' ? 503 : 400, failed(result));
    }
    const check = await parts.verifier.verify(result.session, 'session');
    if (check.kind === 'unavailable') {
      return answer(context, 503, failed(check));
    }
    // The session is kept even without a role: the next page names the missing role.
    if (check.kind === 'refused' && check.reason !== 'no-role') {
      parts.logger.warning('A session is not accepted', { reason: check.reason });
      return answer(context, 403, failed({ kind: 'refused', code: check.reason }));
    }
    if (!keepSession(context, result.session)) {
      return answer(context, 400, tooManyGroups);
    }
    return context.redirect(ownPath(result.to), 303);
  });

  app.post('/sign-out', signedIn(parts), async (context) => {
    const form = await readForm(context, parts);
    if (form instanceof Response) {
      return form;
    }
    endSession(context);
    return context.redirect('/signed-out', 303);
  });

  app.get('/signed-out', (context) =>
    answer(context, 200, {
      title: 'Signed out',
      body: html`<div class="head"><h1>You are signed out of Leakstop</h1></div>
        <p>
          You may still be signed in to Microsoft Entra.
          <a class="button main-act" href="/sign-in">Sign in</a>
        </p>`,
    }),
  );
}

function failed(result: Exclude<SignedIn, { kind: 'signed-in' }>) {
  return {
    title: 'Not signed in',
    body: html`<div class="head"><h1>The sign-in did not work</h1></div>
      <p>${why(result)}</p>
      <p><a class="button main-act" href="/sign-in">Sign in again</a></p>`,
  };
}

function why(result: Exclude<SignedIn, { kind: 'signed-in' }>): string {
  switch (result.kind) {
    case 'stale':
      return 'It took longer than ten minutes, was begun in another browser, or cookies are refused. Begin again in this window, and allow cookies for this site.';
    case 'unavailable':
      return 'Microsoft Entra cannot be reached. Try again in a moment; if it stays so, tell whoever runs Leakstop.';
    case 'refused':
      return result.code === 'access_denied'
        ? 'Microsoft Entra did not let you in: you, or an administrator, refused it, or you are not assigned to the app Leakstop. Ask whoever runs Leakstop to assign you.'
        : `Microsoft Entra answered “${result.code}”. If it stays so, tell whoever runs Leakstop, with this word.`;
  }
}

const tooManyGroups = {
  title: 'Not signed in',
  body: html`<div class="head"><h1>Your sign-in is too large for a browser</h1></div>
    <p>
      The token names too many groups. Ask whoever runs Leakstop to have the app registration send only groups
      that are assigned to the app.
    </p>`,
};
