import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { proposalOf } from '../approval/proposal.ts';
import type { CaseView } from '../case-index/case-index.ts';
import { dataOf, type IndexedCase, rowOf } from '../case-index/indexed-case.ts';
import { obstacleOf } from '../engine/obstacle.ts';
import { answer, refusals } from './describe.ts';
import type { ApiEnvironment, ApiParts } from './parts.ts';
import { Refusal } from './problem.ts';
import { CaseDetail, caseId, CasePage, CaseQuery, type CaseSummary, subscriptionId } from './schemas.ts';

const listCases = createRoute({
  method: 'get',
  path: '/api/cases',
  summary: 'Cases, worst first',
  request: { query: CaseQuery },
  responses: { 200: answer('A page of cases', CasePage), ...refusals() },
});

const showCase = createRoute({
  method: 'get',
  path: '/api/cases/{subscription}/{case}',
  summary: 'One case, with what can be decided about it',
  request: { params: z.object({ subscription: subscriptionId, case: caseId }) },
  responses: { 200: answer('The case', CaseDetail), ...refusals('not-found') },
});

/** Adds the routes that show cases. */
export function addCases(api: OpenAPIHono<ApiEnvironment>, { index, decisions }: ApiParts): void {
  api.openapi(listCases, async (context) =>
    context.json(pageOf(await (await index()).read(), context.req.valid('query')), 200),
  );
  api.openapi(showCase, async (context) => {
    const { subscription, case: id } = context.req.valid('param');
    const found = (await (await index()).read()).find(subscription, id);
    if (found === undefined) {
      throw new Refusal(
        'not-found',
        `Cannot show the case "${id}": no case of the subscription has this id, or it was closed long ago`,
      );
    }
    return context.json(await detailOf(found, await decisions(), context.var.caller), 200);
  });
}

async function detailOf(
  found: IndexedCase,
  service: Awaited<ReturnType<ApiParts['decisions']>>,
  caller: ApiEnvironment['Variables']['caller'],
): Promise<CaseDetail> {
  const { caseId: id, state, subscription } = found;
  const {
    proposal: hash,
    allowed,
    why,
    given,
    needed,
  } = await service.optionsFor(rowOf(found), subscription, caller);
  const { steps, impact, undo, differences } = proposalOf({ caseId: id, state, data: dataOf(found) });
  return CaseDetail.parse({
    ...summaryOf(found),
    hash,
    proposal: { steps, impact, ...(undo === undefined ? {} : { undo }), differences },
    options: { allowed, why, given, needed },
  });
}

function summaryOf(found: IndexedCase): CaseSummary {
  const { hold, due, closed, undo, witnessed, firstSeenDrifted } = dataOf(found);
  const { subscription, caseId: id, state, severity, control, resource } = found;
  return {
    subscription,
    case: id,
    state,
    severity,
    control,
    resource,
    witnessed,
    firstSeenDrifted,
    ...(hold && { hold: { reason: hold.reason, ...(hold.until && { until: hold.until }) } }),
    ...(closed && { closed }),
    ...(due && { owner: due.owner, due: due.at }),
    ...(undo && { undoes: undo.caseId }),
    ...obstacleIn(found),
  };
}

/** What stands in the way of its change, where Azure named it. */
function obstacleIn(found: IndexedCase): Pick<CaseSummary, 'obstacle'> {
  const obstacle = obstacleOf({ state: found.state, data: dataOf(found) });
  if (obstacle === undefined) {
    return {};
  }
  const { until, ...words } = obstacle;
  return { obstacle: { ...words, ...(until && { until: until.toISOString() }) } };
}

function pageOf(view: CaseView, query: CaseQuery): z.infer<typeof CasePage> {
  const after = query.after === undefined ? undefined : placeIn(query.after);
  const found = (query.state === 'closed' ? view.closed : view.open)
    .filter((each) => isWanted(each, query))
    .map((each) => ({ each, place: placeOf(each) }))
    .filter(({ place }) => after === undefined || place > after)
    .sort((one, other) => (one.place < other.place ? -1 : 1));
  const page = found.slice(0, query.most);
  const last = page.at(-1);
  return {
    cases: page.map(({ each }) => summaryOf(each)),
    ...(found.length > page.length && last && { next: Buffer.from(last.place).toString('base64url') }),
  };
}

function isWanted(found: IndexedCase, { subscription, state, severity, control }: CaseQuery): boolean {
  return (
    (subscription === undefined || found.subscription === subscription) &&
    (state === undefined || found.state === state) &&
    (severity === undefined || found.severity === severity) &&
    (control === undefined || found.control === control)
  );
}

const worstFirst = ['critical', 'high', 'medium', 'low'] as const;

/** Sorts as cases are listed, and stays when others come and go. */
function placeOf({ severity, openedAt, subscription, caseId: id }: IndexedCase): string {
  return [worstFirst.indexOf(severity), String(openedAt).padStart(16, '0'), subscription, id].join(' ');
}

function placeIn(after: string): string {
  const place = Buffer.from(after, 'base64url').toString();
  if (!/^[0-3] \S+ \S+ \S+$/.test(place)) {
    throw new Refusal('malformed', 'Cannot list cases: "after": expected what a page before gave as "next"');
  }
  return place;
}
