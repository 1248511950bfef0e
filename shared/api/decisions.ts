import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { DecisionRequest, DecisionResult, DecisionService } from '../approval/decision-service.ts';
import type { Caller } from '../entra/caller.ts';
import { deciders, permit } from './access.ts';
import { closedText, notAmong } from './case-answers.ts';
import { answer, body, refusals } from './describe.ts';
import type { ApiEnvironment, ApiParts } from './parts.ts';
import { problemOf, CallRefusal, refusalOf, unavailable } from './problem.ts';
import {
  caseId,
  chainName,
  type DecisionBody,
  DecisionBody as DecisionSchema,
  DecisionsAnswer,
  DecisionsBody,
  mostDecisions,
  Recorded,
} from './schemas.ts';

const decideOne = createRoute({
  method: 'post',
  path: '/api/cases/{subscription}/{case}/decisions',
  summary: 'Decide about a case',
  description:
    'Records the decision of the caller about exactly the proposal whose hash it carries. The worker verifies it and carries it out.',
  request: { params: z.object({ subscription: chainName, case: caseId }), body: body(DecisionSchema) },
  ...permit('decide', deciders),
  responses: {
    201: answer('Recorded', Recorded),
    ...refusals('not-found', 'changed', 'decided', 'not-decidable', 'too-large', 'wrong-media-type'),
  },
});

const decideMany = createRoute({
  method: 'post',
  path: '/api/decisions',
  summary: `Decide about several cases, ${mostDecisions} at most`,
  description: 'Each is answered for itself: one that is refused keeps no other from being recorded.',
  request: { body: body(DecisionsBody) },
  ...permit('decide', deciders),
  responses: {
    200: answer('An answer for each', DecisionsAnswer),
    ...refusals('no-length', 'too-large', 'wrong-media-type'),
  },
});

/** Time for which decisions of one call are taken; a call to Functions ends after 230 seconds. */
const decidingMs = 120_000;

/** Adds the routes by which people decide. */
export function addDecisions(
  api: OpenAPIHono<ApiEnvironment>,
  { decisions, index, clock, logger }: ApiParts,
): void {
  // Recorded decisions stay recorded even if the lists cannot be read now.
  const look = () =>
    index().then(
      (known) => known.touch(),
      () => undefined,
    );
  api.openapi(decideOne, async (context) => {
    const { subscription, case: id } = context.req.valid('param');
    const request = requestOf(subscription, id, context.req.valid('json'));
    const answered = await recorded(await decisions(), request, context.var.caller, index);
    await look();
    return context.json(answered, 201);
  });
  api.openapi(decideMany, async (context) => {
    const service = await decisions();
    const until = clock.now().getTime() + decidingMs;
    const results: z.infer<typeof DecisionsAnswer>['results'] = [];
    for (const { subscription, case: id, ...asked } of context.req.valid('json').decisions) {
      const told = { subscription, case: id };
      try {
        if (clock.now().getTime() >= until) {
          throw unavailable('Cannot decide: the time of this call is used up; send it again');
        }
        const request = requestOf(subscription, id, asked);
        results.push({ ...told, recorded: await recorded(service, request, context.var.caller, index) });
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal.code === 'internal-error' || refusal.code === 'unavailable') {
          logger.warning('A decision could not be recorded', { case: id, code: refusal.code });
        }
        results.push({ ...told, problem: problemOf(refusal) });
      }
    }
    await look();
    return context.json({ results }, 200);
  });
}

function requestOf(
  subscription: string,
  id: string,
  { proposal, verdict, reason, until }: DecisionBody,
): DecisionRequest {
  return {
    subscription,
    caseId: id,
    proposal,
    verdict,
    reason: reason ?? '',
    ...(until === undefined ? {} : { until: new Date(until) }),
  };
}

/** @throws CallRefusal for a decision that was refused */
async function recorded(
  service: DecisionService,
  request: DecisionRequest,
  caller: Caller,
  index: ApiParts['index'],
): Promise<z.infer<typeof Recorded>> {
  const result: DecisionResult = await service.decide(request, caller);
  if (result.kind === 'refused') {
    const { code, message, current, decided } = result;
    throw new CallRefusal(code, (await explained(result, request, index)) ?? message, {
      ...(current === undefined ? {} : { current }),
      ...(decided === undefined ? {} : { decided }),
    });
  }
  return { given: result.given, needed: result.needed };
}

/**
 * The facts that lists know beyond the rules: the time and reason of a case's end, or the reason why it is not listed.
 * Undefined if the lists know no more.
 */
async function explained(
  { code }: Extract<DecisionResult, { kind: 'refused' }>,
  { subscription, caseId: id, verdict }: DecisionRequest,
  index: ApiParts['index'],
): Promise<string | undefined> {
  if (code !== 'not-found' && code !== 'not-decidable' && code !== 'decided') {
    return undefined;
  }
  // If the lists cannot be read, a refused decision stays refused for its own reason.
  const view = await index().then(
    (known) => known.read(),
    () => undefined,
  );
  const found = view?.find(subscription, id);
  if (view !== undefined && found === undefined && code === 'not-found') {
    return `Cannot decide about the case "${id}": ${notAmong(view)}`;
  }
  const isOver = found?.state === 'closed' && (verdict !== 'undo' || found.closed !== 'fixed');
  return isOver ? closedText(found) : undefined;
}
