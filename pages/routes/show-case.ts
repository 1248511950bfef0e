import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { dataOf, type IndexedCase, rowOf } from '../../shared/case-index/indexed-case.ts';
import { readStory } from '../../shared/case-index/story.ts';
import type { Caller } from '../../shared/entra/caller.ts';
import { caseHeading, headingText } from '../../shared/words/heading.ts';
import { mayAskForLook } from '../../shared/approval/look-service.ts';
import { answer } from '../answer.ts';
import type { Env } from '../env.ts';
import type { PageParts } from '../page-parts.ts';
import { formToken } from '../session.ts';
import { casePage } from '../views/case-page.ts';
import type { Filling } from '../views/fields.ts';
import { casePath } from '../views/format.ts';
import { html, type Html, nothing } from '../views/html.ts';
import { notice } from '../views/layout.ts';

/** The message above a case, and the text typed into its forms. */
export interface Above {
  readonly status: ContentfulStatusCode;
  readonly above: Html;
  readonly filling: Filling;
}

/** The named case, as the ledger has it now. @throws RemediationError */
export async function findCase(
  parts: PageParts,
  subscription: string,
  caseId: string,
): Promise<IndexedCase | undefined> {
  const index = await parts.index();
  return (await index.read()).find(subscription.toLowerCase(), caseId);
}

/** Sends the page of a case. @throws RemediationError */
export async function showCase(
  context: Context<Env>,
  parts: PageParts,
  caller: Caller,
  indexed: IndexedCase,
  { status, above, filling }: Above,
): Promise<Response> {
  const [options, story, again, names] = await Promise.all([
    parts.decisions().then((decisions) => decisions.optionsFor(rowOf(indexed), indexed.chain, caller)),
    parts.reader().then((reader) => readStory(reader, indexed)),
    openAgain(parts, indexed),
    parts.names(),
  ]);
  const controls = parts.controls;
  const body = casePage({
    indexed,
    controls,
    names,
    options,
    story,
    token: formToken(context.get('session'), casePath(indexed.chain, indexed.caseId)),
    look: {
      token: formToken(context.get('session'), `${casePath(indexed.chain, indexed.caseId)}/look`),
      isAllowed: mayAskForLook(caller),
    },
    now: parts.clock.now(),
    filling,
    above: html`${above}${again}`,
  });
  return answer(context, status, {
    title: headingText(caseHeading(controls, dataOf(indexed))),
    current: '/cases',
    body,
  });
}

/** Links a closed case to the case that its drift, or its undo, has now. */
async function openAgain(parts: PageParts, { state, key, caseId }: IndexedCase): Promise<Html> {
  if (state !== 'closed') {
    return nothing;
  }
  const { open } = await (await parts.index()).read();
  const other = open.find((one) => one.key === key && one.caseId !== caseId);
  return other === undefined
    ? nothing
    : notice({
        title: 'There is an open case about the same again',
        body: html`<p><a href="${casePath(other.chain, other.caseId)}">Open it</a></p>`,
      });
}

export function noSuchCase(context: Context<Env>): Response {
  return answer(context, 404, {
    title: 'No such case',
    current: '/cases',
    body: html`<div class="head"><h1>There is no such case here</h1></div>
      <p>
        It was closed more than 30 days ago, or the address is cut off. The ledger has every case: export it
        to read older ones. <a href="/cases">Open cases</a>
      </p>`,
  });
}
