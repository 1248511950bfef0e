import type { Context, Hono } from 'hono';
import { proposalHash, proposalOf } from '../../shared/case/proposal.ts';
import { dataOf, type IndexedCase } from '../../shared/case-index/indexed-case.ts';
import { answer } from '../answer.ts';
import { signedIn } from '../gate.ts';
import type { Env } from '../env.ts';
import type { PageParts } from '../page-parts.ts';
import { unfilled } from '../views/fields.ts';
import { casePath } from '../views/format.ts';
import { html, nothing } from '../views/html.ts';
import { notice } from '../views/layout.ts';
import { callerOf } from './cases.ts';
import { findCase, noSuchCase, showCase } from './show-case.ts';

/** Answers the link of a card. The page only shows: a decision is sent to the case's own address. */
export function linkRoutes(app: Hono<Env>, parts: PageParts): void {
  app.get('/decide', signedIn(parts), async (context) => {
    const check = await (await parts.links()).verify(context.req.query('token') ?? '');
    if (check.kind === 'refused') {
      const { claims, message, reason } = check;
      const to = claims === undefined ? '/cases?waiting=me' : casePath(claims.subscription, claims.caseId);
      return refusedLink(context, message, to, reason === 'expired');
    }
    const { subscription, caseId, proposal } = check.claims;
    const indexed = await findCase(parts, subscription, caseId);
    if (indexed === undefined) {
      return noSuchCase(context);
    }
    const above = hashOf(indexed) === proposal ? nothing : moved;
    return showCase(context, parts, callerOf(context), indexed, { status: 200, above, filling: unfilled });
  });
}

function hashOf(indexed: IndexedCase): string {
  const { caseId, state } = indexed;
  return proposalHash(proposalOf({ caseId, state, data: dataOf(indexed) }));
}

const moved = notice({
  tone: 'warn',
  title: 'This is no longer what the card showed',
  body: html`<p>The case has moved since. Below is what stands now: read it before you decide.</p>`,
});

function refusedLink(context: Context<Env>, message: string, to: string, isKnown: boolean): Response {
  return answer(context, isKnown ? 410 : 400, {
    title: 'The link',
    current: '/cases',
    body: html`<div class="head"><h1>The link cannot be used</h1></div>
      <p>${message}.</p>
      <p>
        <a class="button main-act" href="${to}"
          >${isKnown ? 'Open the case as it stands now' : 'See what waits for you'}</a
        >
      </p>`,
  });
}
