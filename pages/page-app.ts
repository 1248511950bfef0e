import { type Context, Hono } from 'hono';
import { safeCause } from '../shared/text/safe-cause.ts';
import { asset } from './routes/asset.ts';
import { casesRoutes } from './routes/cases.ts';
import { decideManyRoutes } from './routes/decide-many.ts';
import { homeRoutes } from './routes/home.ts';
import { killSwitchRoutes } from './routes/kill-switch.ts';
import { lookRoutes } from './routes/look.ts';
import { linkRoutes } from './routes/link.ts';
import { signInRoutes } from './routes/sign-in.ts';
import type { Env } from './env.ts';
import { notKept, securityHeaders } from './headers.ts';
import type { PageParts } from './page-parts.ts';
import { answer, type PageContext } from './answer.ts';
import { html } from './views/html.ts';

/** The handler of the pages. GET and HEAD never change anything. */
export interface PageApp {
  fetch(request: Request): Promise<Response>;
}

const methods = ['GET', 'HEAD', 'POST'];

export function openPages(parts: PageParts): PageApp {
  const app = openPageRoutes(parts);
  return {
    fetch: async (request) =>
      methods.includes(request.method)
        ? app.fetch(request)
        : new Response('Only GET, HEAD and POST are answered.\n', {
            status: 405,
            headers: { ...securityHeaders, allow: methods.join(', '), 'cache-control': notKept },
          }),
  };
}

/** The routes of all pages, with their handlers. */
export function openPageRoutes(parts: PageParts): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (context, next) => {
    await next();
    harden(context);
  });
  app.get('/assets/:name', asset);
  signInRoutes(app, parts);
  homeRoutes(app, parts);
  casesRoutes(app, parts);
  lookRoutes(app, parts);
  linkRoutes(app, parts);
  decideManyRoutes(app, parts);
  killSwitchRoutes(app, parts);
  app.notFound((context) => answer(context, 404, notFound));
  app.onError((error, context) => {
    parts.logger.error('A page could not be made', {
      path: context.req.path,
      reason: safeCause(error).message,
    });
    context.header('retry-after', '10');
    return answer(context, 503, unavailable);
  });
  return app;
}

function harden({ res }: Context): void {
  for (const [name, value] of Object.entries(securityHeaders)) {
    res.headers.set(name, value);
  }
  if (!res.headers.has('cache-control')) {
    res.headers.set('cache-control', notKept);
  }
}

const notFound: PageContext = {
  title: 'Not found',
  body: html`<div class="head"><h1>There is no such page</h1></div>
    <p>The address may be cut off. <a href="/">Go to the overview</a></p>`,
};

const unavailable: PageContext = {
  title: 'Not now',
  body: html`<div class="head"><h1>This cannot be shown now</h1></div>
    <p>
      The ledger, the key vault or the policy cannot be reached. Nothing was recorded. Try again in a moment;
      if it stays so, tell whoever runs Leakstop: the log of the web app says why.
    </p>
    <p><a href="/">Go to the overview</a></p>`,
};
