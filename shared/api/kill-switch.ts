import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { operators, permit, readers } from './access.ts';
import { answer, body, refusals } from './describe.ts';
import type { ApiEnvironment, ApiParts } from './parts.ts';
import { CallRefusal } from './problem.ts';
import { SwitchAnswer, SwitchBody } from './schemas.ts';

const readSwitch = createRoute({
  method: 'get',
  path: '/api/kill-switch',
  summary: 'How the kill switch stands',
  ...permit('read the kill switch', readers),
  responses: { 200: answer('As it stands', SwitchAnswer), ...refusals() },
});

const turnSwitch = createRoute({
  method: 'post',
  path: '/api/kill-switch',
  summary: 'Stop every change, or allow changes again',
  request: { body: body(SwitchBody) },
  ...permit('turn the kill switch', operators),
  responses: {
    200: answer('As it stands now', SwitchAnswer),
    ...refusals('changed', 'no-length', 'too-large', 'wrong-media-type'),
  },
});

/** Adds the routes of the kill switch. */
export function addKillSwitch(api: OpenAPIHono<ApiEnvironment>, { killSwitch, decisions }: ApiParts): void {
  api.openapi(readSwitch, async (context) => context.json(await (await killSwitch()).read(), 200));
  api.openapi(turnSwitch, async (context) => {
    const { changes, reason } = context.req.valid('json');
    const result = await (await decisions()).turnKillSwitch(changes, reason, context.var.caller);
    if (result.kind === 'refused') {
      throw new CallRefusal(result.code, result.message);
    }
    return context.json(await (await killSwitch()).read(), 200);
  });
}
