import type { Context, Hono } from 'hono';
import type { DecisionRequest } from '../../shared/approval/decision-service.ts';
import type { Caller } from '../../shared/entra/caller.ts';
import { deciders, forRoles } from '../access.ts';
import { answer } from '../answer.ts';
import { filtered, readFilter } from '../filter.ts';
import { readDecision } from '../forms.ts';
import { readForm, signedIn } from '../gate.ts';
import { waitingFor } from '../mine.ts';
import type { Env } from '../env.ts';
import type { PageParts } from '../page-parts.ts';
import { caseList } from '../views/case-list.ts';
import { unfilled } from '../views/fields.ts';
import { nothing } from '../views/html.ts';
import { resultNotice } from '../views/result.ts';
import { findCase, noSuchCase, showCase } from './show-case.ts';

const pageLength = 50;
const casePattern = '/cases/:subscription/:caseId';

export function casesRoutes(app: Hono<Env>, parts: PageParts): void {
  const gate = signedIn(parts);
  app.get('/cases', gate, async (context) => {
    const caller = callerOf(context);
    const { filter, faults } = readFilter(context.req.query());
    const view = await parts.index().then((index) => index.read());
    const found = filtered(view, filter);
    const { cases, hasMore } =
      filter.waiting === 'me'
        ? await waitingFor(await parts.decisions(), caller, found)
        : { cases: found, hasMore: false };
    const pageCount = Math.max(1, Math.ceil(cases.length / pageLength));
    const page = Math.min(filter.page, pageCount);
    const body = caseList({
      view,
      filter: { ...filter, page },
      controls: parts.controls,
      names: await parts.names(),
      cases: cases.slice((page - 1) * pageLength, page * pageLength),
      total: cases.length,
      pageCount,
      hasMore,
      faults,
    });
    return answer(context, 200, { title: 'Cases', current: '/cases', body });
  });

  app.get(casePattern, gate, async (context) => {
    const { subscription, caseId } = context.req.param();
    const indexed = await findCase(parts, subscription, caseId);
    return indexed === undefined
      ? noSuchCase(context)
      : showCase(context, parts, callerOf(context), indexed, {
          status: 200,
          above: nothing,
          filling: unfilled,
        });
  });

  app.post(casePattern, gate, forRoles(deciders), (context) => decideOne(context, parts));
}

/** Records a decision, and shows the case as it stands afterwards. */
async function decideOne(context: Context<Env, typeof casePattern>, parts: PageParts): Promise<Response> {
  const caller = callerOf(context);
  const form = await readForm(context, parts);
  if (form instanceof Response) {
    return form;
  }
  const { subscription, caseId } = context.req.param();
  const indexed = await findCase(parts, subscription, caseId);
  if (indexed === undefined) {
    return noSuchCase(context);
  }
  const { typed } = form;
  const reading = readDecision(typed, parts.clock.now());
  if (reading.kind === 'faulty') {
    return showCase(context, parts, caller, indexed, {
      status: 400,
      above: nothing,
      filling: { typed, faults: reading.faults },
    });
  }
  const request: DecisionRequest = { subscription: indexed.chain, caseId, ...reading.value };
  const result = await (await parts.decisions()).decide(request, caller);
  (await parts.index()).touch();
  const now = (await findCase(parts, indexed.chain, caseId)) ?? indexed;
  return showCase(context, parts, caller, now, {
    status: result.kind === 'recorded' ? 200 : statusOf(result.code),
    above: resultNotice(result, reading.value.verdict),
    // The typed text is kept if it can be sent again.
    filling: result.kind === 'recorded' ? unfilled : { typed, faults: [] },
  });
}

function statusOf(code: string): 400 | 403 | 404 | 409 {
  switch (code) {
    case 'malformed':
      return 400;
    case 'not-allowed':
      return 403;
    case 'not-found':
      return 404;
    default:
      return 409;
  }
}

/** The caller that the gate admitted. */
export function callerOf(context: Context<Env>): Caller {
  const caller = context.get('caller');
  if (caller === undefined) {
    throw new Error('Cannot make a page: nobody is signed in');
  }
  return caller;
}
