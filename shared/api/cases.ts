import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { proposalOf } from '../approval/proposal.ts';
import { readCaseData } from '../engine/case-data.ts';
import type { CaseSource, FoundCase } from './case-source.ts';
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
export function addCases(api: OpenAPIHono<ApiEnvironment>, { cases, decisions }: ApiParts): void {
  api.openapi(listCases, async (context) =>
    context.json(await pageOf(await cases(), context.req.valid('query')), 200),
  );
  api.openapi(showCase, async (context) => {
    const { subscription, case: id } = context.req.valid('param');
    const found = await (await cases()).find(subscription, id);
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
  found: FoundCase,
  service: Awaited<ReturnType<ApiParts['decisions']>>,
  caller: ApiEnvironment['Variables']['caller'],
): Promise<CaseDetail> {
  const { row, subscription } = found;
  const data = readCaseData(row);
  const { proposal: hash, allowed, why, given, needed } = await service.optionsFor(row, subscription, caller);
  const { steps, impact, undo, differences } = proposalOf({ caseId: row.caseId, state: row.state, data });
  return CaseDetail.parse({
    ...summaryOf(found),
    hash,
    proposal: { steps, impact, ...(undo === undefined ? {} : { undo }), differences },
    options: { allowed, why, given, needed },
  });
}

function summaryOf({ row, subscription }: FoundCase): CaseSummary {
  const data = readCaseData(row);
  const { hold, due, closed } = data;
  return {
    subscription,
    case: row.caseId,
    state: row.state,
    severity: data.severity,
    control: data.control,
    resource: data.resource,
    witnessed: data.witnessed,
    firstSeenDrifted: data.firstSeenDrifted,
    ...(hold && { hold: { reason: hold.reason, ...(hold.until && { until: hold.until }) } }),
    ...(closed && { closed }),
    ...(due && { owner: due.owner, due: due.at }),
  };
}

async function pageOf(source: CaseSource, query: CaseQuery): Promise<z.infer<typeof CasePage>> {
  const after = query.after === undefined ? undefined : placeIn(query.after);
  const found: { readonly place: string; readonly summary: CaseSummary }[] = [];
  for await (const each of query.state === 'closed' ? source.closed() : source.open()) {
    const summary = summaryOf(each);
    const place = placeOf(summary);
    if (isWanted(summary, query) && (after === undefined || place > after)) {
      found.push({ place, summary });
    }
  }
  found.sort((one, other) => (one.place < other.place ? -1 : 1));
  const page = found.slice(0, query.most);
  const last = page.at(-1);
  return {
    cases: page.map(({ summary }) => summary),
    ...(found.length > page.length && last && { next: Buffer.from(last.place).toString('base64url') }),
  };
}

function isWanted(found: CaseSummary, { subscription, state, severity, control }: CaseQuery): boolean {
  return (
    (subscription === undefined || found.subscription === subscription) &&
    (state === undefined || found.state === state) &&
    (severity === undefined || found.severity === severity) &&
    (control === undefined || found.control === control)
  );
}

const worstFirst = ['critical', 'high', 'medium', 'low'] as const;

/** Sorts as cases are listed, and stays when others come and go. */
function placeOf({ severity, firstSeenDrifted, subscription, case: id }: CaseSummary): string {
  return [worstFirst.indexOf(severity), firstSeenDrifted, subscription, id].join(' ');
}

function placeIn(after: string): string {
  const place = Buffer.from(after, 'base64url').toString();
  if (!/^[0-3] \S+ \S+ \S+$/.test(place)) {
    throw new Refusal('malformed', 'Cannot list cases: "after": expected what a page before gave as "next"');
  }
  return place;
}
