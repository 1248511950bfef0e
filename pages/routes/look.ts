import type { Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { lookRoles, type LookResult, mayAskForLook } from '../../shared/approval/look-service.ts';
import { forRoles } from '../access.ts';
import { answer } from '../answer.ts';
import { readLook } from '../forms.ts';
import { readForm, signedIn } from '../gate.ts';
import type { Env } from '../env.ts';
import type { PageParts } from '../page-parts.ts';
import { formToken } from '../session.ts';
import { type Filling, unfilled } from '../views/fields.ts';
import { casePath } from '../views/format.ts';
import { html, type Html, nothing } from '../views/html.ts';
import { notice } from '../views/layout.ts';
import { lookPage, lookPath } from '../views/look.ts';
import { callerOf } from './cases.ts';
import { findCase, noSuchCase, showCase } from './show-case.ts';

const caseLookPattern = '/cases/:subscription/:caseId/look';

export function lookRoutes(app: Hono<Env>, parts: PageParts): void {
  const gate = signedIn(parts);
  app.get(lookPath, gate, (context) => show(context, 200, nothing, unfilled));
  app.post(lookPath, gate, forRoles(lookRoles), async (context) => {
    const form = await readForm(context, parts);
    if (form instanceof Response) {
      return form;
    }
    const { typed } = form;
    const reading = readLook(typed);
    if (reading.kind === 'faulty') {
      return show(context, 400, nothing, { typed, faults: reading.faults });
    }
    const result = await parts.looks.ask(reading.value.resource, callerOf(context));
    const filling = result.kind === 'asked' ? unfilled : { typed, faults: [] };
    return show(context, told(context, result), lookNotice(result, '/cases'), filling);
  });
  app.post(caseLookPattern, gate, forRoles(lookRoles), (context) => lookAtCase(context, parts));
}

/** Asks for a look at the resource of a case, and shows the case. */
async function lookAtCase(
  context: Context<Env, typeof caseLookPattern>,
  parts: PageParts,
): Promise<Response> {
  const form = await readForm(context, parts);
  if (form instanceof Response) {
    return form;
  }
  const { subscription, caseId } = context.req.param();
  const indexed = await findCase(parts, subscription, caseId);
  if (indexed === undefined) {
    return noSuchCase(context);
  }
  const caller = callerOf(context);
  const result = await parts.looks.ask(indexed.resource, caller);
  return showCase(context, parts, caller, indexed, {
    status: told(context, result),
    above: lookNotice(result, casePath(indexed.chain, indexed.caseId)),
    filling: unfilled,
  });
}

/** The status of an answer; after too many requests, also the time to ask again. */
function told(context: Context<Env>, result: LookResult): 200 | 400 | 403 | 404 | 429 {
  if (result.kind === 'asked') {
    return 200;
  }
  if (result.retryAfterInMs !== undefined) {
    context.header('retry-after', String(Math.ceil(result.retryAfterInMs / 1_000)));
  }
  return ({ malformed: 400, 'not-allowed': 403, 'not-found': 404, 'too-many': 429 } as const)[result.code];
}

function lookNotice(result: LookResult, next: string): Html {
  return result.kind === 'asked'
    ? notice({
        tone: 'good',
        title: 'A look was asked for',
        body: html`<p>
          Leakstop looks now. In a few seconds
          <a href="${next}">${next === '/cases' ? 'the cases show' : 'the case shows'} what came of it</a>.
        </p>`,
      })
    : notice({ tone: 'bad', title: 'No look was asked for', body: html`<p>${result.message}.</p>` });
}

function show(
  context: Context<Env>,
  status: ContentfulStatusCode,
  above: Html,
  filling: Filling,
): Response | Promise<Response> {
  const body = lookPage({
    isAllowed: mayAskForLook(callerOf(context)),
    token: formToken(context.get('session'), lookPath),
    filling,
    above,
  });
  return answer(context, status, { title: 'Look at a resource', current: '/cases', body });
}
