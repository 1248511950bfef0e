import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { SignedDecision } from '../case/decision.ts';
import type { CaseView } from '../case-index/case-index.ts';
import { type IndexedCase, rowOf } from '../case-index/indexed-case.ts';
import { readStory } from '../case-index/story.ts';
import { controlWords } from '../words/control.ts';
import { defined } from '../defined.ts';
import type { StoryEntry } from '../words/story/told.ts';
import type { Caller } from '../entra/caller.ts';
import type { SubscriptionNames } from '../subscription-names.ts';
import { permit, readers } from './access.ts';
import { notAmong, proposedOf, summaryOf } from './case-answers.ts';
import { answer, refusals } from './describe.ts';
import type { ApiEnvironment, ApiParts } from './parts.ts';
import { CallRefusal } from './problem.ts';
import { CaseDetail, caseId, CaseListPage, CaseQuery, chainName } from './schemas.ts';

const listCases = createRoute({
  method: 'get',
  path: '/api/cases',
  summary: 'Cases, worst first',
  description: 'A filter that is given several times shows whatever fits one of its values.',
  request: { query: CaseQuery },
  ...permit('list the cases', readers),
  responses: { 200: answer('A page of cases', CaseListPage), ...refusals() },
});

const showCase = createRoute({
  method: 'get',
  path: '/api/cases/{subscription}/{case}',
  summary: 'One case with its story, and what can be decided about it',
  request: { params: z.object({ subscription: chainName, case: caseId }) },
  ...permit('show a case', readers),
  responses: { 200: answer('The case', CaseDetail), ...refusals('not-found') },
});

/** Adds the routes that show cases. */
export function addCases(api: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const { index } = parts;
  api.openapi(listCases, async (context) =>
    context.json(
      pageOf(await (await index()).read(), context.req.valid('query'), parts.controls, await parts.names()),
      200,
    ),
  );
  api.openapi(showCase, async (context) => {
    const { subscription, case: id } = context.req.valid('param');
    const view = await (await index()).read();
    const found = view.find(subscription, id);
    if (found === undefined) {
      throw new CallRefusal('not-found', `Cannot show the case "${id}": ${notAmong(view)}`);
    }
    return context.json(await detailOf(found, parts, context.var.caller), 200);
  });
}

async function detailOf(found: IndexedCase, parts: ApiParts, caller: Caller): Promise<CaseDetail> {
  const { decisions, reader, controls } = parts;
  const [options, story] = await Promise.all([
    decisions().then((service) => service.optionsFor(rowOf(found), found.chain, caller)),
    reader().then((chains) => readStory(chains, found)),
  ]);
  const { proposal: hash, allowed, why, given, needed } = options;
  return CaseDetail.parse({
    ...summaryOf(found, controls, await parts.names()),
    ...defined({ rationale: controlWords(controls, found.control)?.rationale }),
    proposal: proposedOf(found).proposal,
    hash,
    options: { allowed, why, given, needed },
    story: {
      ...story,
      entries: await Promise.all(story.entries.map((entry) => checked(entry, found, parts))),
    },
  });
}

/** An entry that records a decision, with the result of checking its signature. */
async function checked(
  entry: StoryEntry,
  { caseId: id }: IndexedCase,
  { signatures }: ApiParts,
): Promise<StoryEntry> {
  if (entry.kind !== 'decision-recorded' || entry.payload === undefined) {
    return entry;
  }
  const signed = SignedDecision.safeParse(entry.payload).data;
  // A decision that was signed for another case is worth nothing here.
  const isAbout = signed?.decision.caseId === id;
  return { ...entry, signature: isAbout ? await signatures.check(signed) : 'forged' };
}

function pageOf(
  view: CaseView,
  query: CaseQuery,
  controls: ApiParts['controls'],
  names: SubscriptionNames,
): z.infer<typeof CaseListPage> {
  const after = query.after === undefined ? undefined : placeIn(query.after);
  const wanted = [...view.open, ...(query.state?.includes('closed') === true ? view.closed : [])].filter(
    (each) => isWanted(each, query),
  );
  const found = wanted
    .map((each) => ({ each, place: placeOf(each) }))
    .filter(({ place }) => after === undefined || place > after)
    .sort((one, other) => (one.place < other.place ? -1 : 1));
  const page = found.slice(0, query.most);
  const last = page.at(-1);
  const { unreadable, left, leftClosed } = view;
  return {
    cases: page.map(({ each }) => summaryOf(each, controls, names)),
    ...(found.length > page.length && last && { next: Buffer.from(last.place).toString('base64url') }),
    total: wanted.length,
    unreadable,
    left,
    leftClosed,
  };
}

function isWanted(found: IndexedCase, query: CaseQuery): boolean {
  const { subscription, state, severity, control, case: beginning } = query;
  return (
    isAmong(found.chain, subscription) &&
    isAmong(found.state, state) &&
    isAmong(found.severity, severity) &&
    isAmong(found.control, control) &&
    (beginning === undefined || found.caseId.toLowerCase().startsWith(beginning))
  );
}

/** True if a value is among the wanted ones; without wanted values, every value is. */
function isAmong<T>(value: T, wanted: readonly T[] | undefined): boolean {
  return wanted?.includes(value) ?? true;
}

const worstFirst = ['critical', 'high', 'medium', 'low'] as const;

/** Sorts in the order of the case list, and does not move when other cases come and go. */
function placeOf({ severity, openedAt, chain, caseId: id }: IndexedCase): string {
  return [worstFirst.indexOf(severity), String(openedAt).padStart(16, '0'), chain, id].join(' ');
}

function placeIn(after: string): string {
  const place = Buffer.from(after, 'base64url').toString();
  if (!/^[0-3] \S+ \S+ .+$/.test(place)) {
    throw new CallRefusal(
      'malformed',
      'Cannot list cases: "after": expected what a page before gave as "next"',
    );
  }
  return place;
}
