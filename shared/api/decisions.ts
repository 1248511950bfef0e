import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { DecisionRequest, DecisionResult, DecisionService } from '../approval/decision-service.ts';
import type { Caller, Role } from '../entra/caller.ts';
import { answer, body, refusals } from './describe.ts';
import { askPerson } from './authenticate.ts';
import type { ApiEnvironment, ApiParts } from './parts.ts';
import { problemOf, Refusal, refusalOf, unavailable } from './problem.ts';
import {
  caseId,
  type DecisionBody,
  DecisionBody as DecisionSchema,
  DecisionsAnswer,
  DecisionsBody,
  mostDecisions,
  Recorded,
  subscriptionId,
} from './schemas.ts';

const deciders: readonly Role[] = ['Leakstop.Approver', 'Leakstop.RiskOwner'];

const decideOne = createRoute({
  method: 'post',
  path: '/api/cases/{subscription}/{case}/decisions',
  summary: 'Decide about a case',
  description:
    'Records the decision of the caller about exactly the proposal whose hash it carries. The worker verifies it and carries it out.',
  request: { params: z.object({ subscription: subscriptionId, case: caseId }), body: body(DecisionSchema) },
  responses: {
    201: answer('Recorded', Recorded),
    ...refusals(
      'not-allowed',
      'not-found',
      'changed',
      'decided',
      'not-decidable',
      'too-large',
      'wrong-media-type',
    ),
  },
});

const decideMany = createRoute({
  method: 'post',
  path: '/api/decisions',
  summary: `Decide about several cases, ${mostDecisions} at most`,
  description: 'Each is answered for itself: one that is refused keeps no other from being recorded.',
  request: { body: body(DecisionsBody) },
  responses: {
    200: answer('An answer for each', DecisionsAnswer),
    ...refusals('not-allowed', 'no-length', 'too-large', 'wrong-media-type'),
  },
});

/** So long, in milliseconds, decisions of one call are taken; a call to Functions ends after 230 seconds. */
const decidingMs = 120_000;

/** Adds the routes by which people decide. */
export function addDecisions(
  api: OpenAPIHono<ApiEnvironment>,
  { decisions, index, clock, logger }: ApiParts,
): void {
  // What was recorded stays so when nobody can read it back now.
  const look = () =>
    index().then(
      (known) => known.touch(),
      () => undefined,
    );
  api.openapi(decideOne, async (context) => {
    askPerson(context.var.caller, 'decide', deciders);
    const { subscription, case: id } = context.req.valid('param');
    const request = requestOf(subscription, id, context.req.valid('json'));
    const answered = await recorded(await decisions(), request, context.var.caller);
    await look();
    return context.json(answered, 201);
  });
  api.openapi(decideMany, async (context) => {
    askPerson(context.var.caller, 'decide', deciders);
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
        results.push({ ...told, recorded: await recorded(service, request, context.var.caller) });
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

/** @throws Refusal for what was not recorded */
async function recorded(
  service: DecisionService,
  request: DecisionRequest,
  caller: Caller,
): Promise<z.infer<typeof Recorded>> {
  const result: DecisionResult = await service.decide(request, caller);
  if (result.kind === 'refused') {
    const { code, message, current, decided } = result;
    throw new Refusal(code, message, {
      ...(current === undefined ? {} : { current }),
      ...(decided === undefined ? {} : { decided }),
    });
  }
  return { given: result.given, needed: result.needed };
}
